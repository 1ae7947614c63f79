// AES-256-GCM of libcrypto, one call per message, with the checks of every step in one place.
#ifndef VARVE_CCRYPTO_H
#define VARVE_CCRYPTO_H

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/// A context that keeps the expanded form of a 32-byte key; NULL when libcrypto has no AES-256-GCM or no memory.
static inline EVP_CIPHER_CTX *varve_gcm_create(const unsigned char *key) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context != NULL && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, NULL, 1) == 1) return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

/// Writes `count` bytes of ciphertext and 16 bytes of tag. Returns 1 on success.
static inline int varve_gcm_seal(
    EVP_CIPHER_CTX *context, const unsigned char *nonce, const unsigned char *associated, int associated_count,
    const unsigned char *plain, int count, unsigned char *sealed) {
    int written = 0;
    if (EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, 1) != 1) return 0;
    if (associated_count > 0 && EVP_CipherUpdate(context, NULL, &written, associated, associated_count) != 1) return 0;
    if (count > 0 && EVP_CipherUpdate(context, sealed, &written, plain, count) != 1) return 0;
    if (EVP_CipherFinal_ex(context, sealed + count, &written) != 1) return 0;
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, sealed + count);
}

/// Reads `count` bytes of ciphertext and 16 bytes of tag, writes `count` bytes. Returns 1 when the tag is right; else
/// what was written is no plaintext and must not be looked at. The tag is compared in constant time.
static inline int varve_gcm_open(
    EVP_CIPHER_CTX *context, const unsigned char *nonce, const unsigned char *associated, int associated_count,
    const unsigned char *sealed, int count, unsigned char *plain) {
    int written = 0;
    unsigned char end[16];
    if (EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, 0) != 1) return 0;
    if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, (void *)(sealed + count)) != 1) return 0;
    if (associated_count > 0 && EVP_CipherUpdate(context, NULL, &written, associated, associated_count) != 1) return 0;
    if (count > 0 && EVP_CipherUpdate(context, plain, &written, sealed, count) != 1) return 0;
    return EVP_CipherFinal_ex(context, end, &written) == 1;
}

/// Writes 32 bytes of HMAC-SHA256. Returns 1 on success.
static inline int varve_hmac_sha256(
    const unsigned char *key, int key_count, const unsigned char *message, size_t count, unsigned char *code) {
    unsigned int written = 0;
    return HMAC(EVP_sha256(), key, key_count, message, count, code, &written) != NULL && written == 32;
}

/// Writes 20 bytes of HMAC-SHA1, which one-time passwords are made of. Returns 1 on success.
static inline int varve_hmac_sha1(
    const unsigned char *key, int key_count, const unsigned char *message, size_t count, unsigned char *code) {
    unsigned int written = 0;
    return HMAC(EVP_sha1(), key, key_count, message, count, code, &written) != NULL && written == 20;
}

/// Writes 32 bytes of SHA-256. Returns 1 on success.
static inline int varve_sha256(const unsigned char *message, size_t count, unsigned char *digest) {
    unsigned int written = 0;
    return EVP_Digest(message, count, digest, &written, EVP_sha256(), NULL) == 1 && written == 32;
}

#endif

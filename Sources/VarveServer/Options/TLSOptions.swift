/// TLS of the listeners: `tls:` in the configuration file. Files are PEM, and are read again when they change.
package struct TLSOptions: Equatable, Sendable {
    /// The server's certificate, and after it those of the authorities between it and the clients' root.
    package var certificateFile: String?
    /// The private key of the certificate.
    package var keyFile: String?
    /// Whether the HTTP listener speaks TLS.
    package var coversHTTP = true
    /// Whether the listener of line protocol speaks TLS.
    package var coversLine = true
    /// Authorities, one of which must have signed the certificate of every client of HTTP; nil: clients need none.
    package var httpClientAuthoritiesFile: String?
    /// The same for clients of line protocol.
    package var lineClientAuthoritiesFile: String?

    package init() {}

    /// Whether there is TLS at all.
    package var isOn: Bool { certificateFile != nil }

    func validate() throws(OptionError) {
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw OptionError("tls: certificate and key belong together; one of them is missing")
        }
        let authorities = [
            ("http", httpClientAuthoritiesFile, coversHTTP), ("line", lineClientAuthoritiesFile, coversLine),
        ]
        for (name, file, isCovered) in authorities where file != nil && !(isOn && isCovered) {
            throw OptionError(
                "tls.\(name)-client-authorities: clients can show certificates only where TLS is on "
                    + "(tls.certificate, tls.key, tls.\(name): true)")
        }
    }
}

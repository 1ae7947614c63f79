/// Line protocol: bytes in, batches of rows out.
package enum LineProtocol {}

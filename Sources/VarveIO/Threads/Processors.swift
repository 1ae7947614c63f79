import Glibc

/// The processors of this machine.
package enum Processors {
    /// How many of them are in use; at least 1. What containers allow of their time is not looked at.
    package static let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}

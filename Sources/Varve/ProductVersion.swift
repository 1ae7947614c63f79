/// The version of the product. This is the one place that has it: `varve --version`, `/health`, `/stats` and the header
/// `Server` read it here.
package enum ProductVersion {
    /// As in the changelog.
    package static let text = "0.1.0"
}

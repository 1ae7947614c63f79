/// How many of each thing a catalogue has. Numbers are dense and in order of creation, so counts say exactly what was
/// known at a moment: everything with a lower number.
package struct CatalogueCounts: Equatable, Sendable {
    package var sources = 0
    var fieldLists = 0
    package var shapes = 0
    package var series = 0
    /// Spaces and metrics are named by no record; they appear with the first source and series that need them.
    var spaces = 0
    var metrics = 0
}

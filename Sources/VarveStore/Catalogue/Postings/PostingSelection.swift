/// The sets that decide which sources a query means: looked up under the lock of the postings, combined without it.
///
/// Safe because a ``PostingList`` is a value: a list here shares its arrays with the postings until somebody adds a
/// source to that list there, under the lock, which gives the postings arrays of their own (the list of containers and
/// the one container that changes, at most 8 KiB) and leaves these as they were. Nothing else of the postings is kept.
struct PostingSelection: Sendable {
    /// Sources of any of many values of one name.
    struct Union: Sendable {
        var lists: [PostingList] = []
        /// Of values that one source has each; in no order.
        var singles: [UInt32] = []

        /// O(sources · log).
        func united() -> PostingList {
            var single = PostingList()
            for source in singles.sorted() { single.insert(source) }
            return lists.reduce(single) { $0.union($1) }
        }
    }

    enum Part: Sendable {
        case list(PostingList)
        case union(Union)

        func sources() -> PostingList {
            switch self {
            case .list(let list): list
            case .union(let union): union.united()
            }
        }
    }

    /// A source must be in all of these, at least one for ``sources()`` …
    var wanted: [Part]
    /// … and in none of these.
    var unwanted: [PostingList] = []

    /// Adds the set of a name or dimension; nil when nobody has it.
    mutating func add(_ list: PostingList?, isWanted: Bool) {
        if isWanted { wanted.append(.list(list ?? PostingList())) } else if let list { unwanted.append(list) }
    }

    /// Intersections first, smallest set first; then what is not wanted is taken away. O(smallest set · sets).
    func sources() -> PostingList {
        unwanted.reduce(wantedSources()) { $0.isEmpty ? $0 : $0.subtracting($1) }
    }

    /// The sources that are in all of ``wanted``.
    func wantedSources() -> PostingList {
        let sets = wanted.map { $0.sources() }.sorted { $0.count < $1.count }
        guard let smallest = sets.first else { return PostingList() }
        return sets.dropFirst().reduce(smallest) { $0.isEmpty ? $0 : $0.intersection($1) }
    }
}

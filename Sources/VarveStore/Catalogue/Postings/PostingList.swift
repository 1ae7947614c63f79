/// A set of sources: 32-bit numbers in containers of 65 536, each in the form that suits it ("Roaring").
package struct PostingList: Sendable {
    /// High halves of the numbers, ascending.
    private var keys: [UInt16] = []
    /// Parallel to `keys`; none is empty.
    private var containers: [PostingContainer] = []

    package init() {}

    var isEmpty: Bool { keys.isEmpty }

    /// The smallest number.
    package var first: UInt32? {
        guard let key = keys.first, let low = containers[0].first else { return nil }
        return UInt32(key) << 16 | UInt32(low)
    }

    /// O(containers).
    package var count: Int { containers.reduce(0) { $0 + $1.count } }

    package func contains(_ number: UInt32) -> Bool {
        position(of: UInt16(number >> 16)).map { containers[$0].contains(UInt16(truncatingIfNeeded: number)) } ?? false
    }

    /// Adds a number. Numbers that ascend, as they nearly always do, are appended in O(1).
    package mutating func insert(_ number: UInt32) {
        let key = UInt16(number >> 16)
        let low = UInt16(truncatingIfNeeded: number)
        if keys.last == key { return containers[keys.count - 1].insert(low) }
        if keys.last.map({ $0 < key }) ?? true {
            keys.append(key)
            containers.append(PostingContainer(low))
            return
        }
        let next = keys.firstIndex { $0 >= key } ?? keys.count
        if keys[next] == key { return containers[next].insert(low) }
        keys.insert(key, at: next)
        containers.insert(PostingContainer(low), at: next)
    }

    /// Ascending.
    package func forEach(_ body: (UInt32) -> Void) {
        for (key, container) in zip(keys, containers) {
            container.forEach { body(UInt32(key) << 16 | UInt32($0)) }
        }
    }

    private func position(of key: UInt16) -> Int? {
        let next = keys.firstIndex { $0 >= key }
        return next.flatMap { keys[$0] == key ? $0 : nil }
    }

    private mutating func append(_ key: UInt16, _ container: PostingContainer) {
        keys.append(key)
        containers.append(container)
    }
}

extension PostingList {
    package func intersection(_ other: PostingList) -> PostingList {
        var both = PostingList()
        for (key, container) in zip(keys, containers) {
            guard let position = other.position(of: key),
                let common = container.intersection(other.containers[position])
            else { continue }
            both.append(key, common)
        }
        return both
    }

    package func subtracting(_ other: PostingList) -> PostingList {
        var rest = PostingList()
        for (key, container) in zip(keys, containers) {
            guard let position = other.position(of: key) else {
                rest.append(key, container)
                continue
            }
            if let left = container.subtracting(other.containers[position]) { rest.append(key, left) }
        }
        return rest
    }

    package func union(_ other: PostingList) -> PostingList {
        var all = PostingList()
        var (one, two) = (0, 0)
        while one < keys.count || two < other.keys.count {
            if two == other.keys.count || one < keys.count && keys[one] < other.keys[two] {
                all.append(keys[one], containers[one])
                one += 1
            } else if one == keys.count || other.keys[two] < keys[one] {
                all.append(other.keys[two], other.containers[two])
                two += 1
            } else {
                all.append(keys[one], containers[one].union(other.containers[two]))
                one += 1
                two += 1
            }
        }
        return all
    }
}

import Glibc
import VarveIO

/// One entry of a directory before and after.
struct NameChange: Sendable {
    let directory: Int
    let name: String
    let before: Int?
    let after: Int?

    func apply(to entries: inout [String: Int]) {
        if let after {
            entries[name] = after
        } else if entries[name] == before {
            entries[name] = nil
        }
    }
}

/// The entries that one call changes. A rename adds first and removes then; a power cut keeps both, or neither, or –
/// between two directories – the addition alone. No file system in use loses a file over a rename.
struct NameOperation: Sendable {
    var changes: [NameChange]
}

// MARK: - Looking up

extension SimulatedDisk {
    /// The parts of a path. Relative paths start at the root, too.
    static func components(_ path: String) -> [String] {
        var result: [String] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = result.popLast() } else { result.append(String(part)) }
        }
        return result
    }

    /// The node of a path; nil when there is none.
    func find(_ path: String, operation: String) throws(DiskError) -> Int? {
        try find(Self.components(path)[...], path, operation)
    }

    /// The directory that holds a path's name, and that name.
    func parent(of path: String, operation: String) throws(DiskError) -> (directory: Int, name: String) {
        let parts = Self.components(path)
        guard let name = parts.last else { throw .system(operation: operation, path: path, errno: EBUSY) }
        guard let directory = try find(parts.dropLast(), path, operation) else { throw .notFound(path: path) }
        guard nodes[directory]!.isDirectory else { throw .system(operation: operation, path: path, errno: ENOTDIR) }
        return (directory, name)
    }

    func directory(_ path: String, operation: String) throws(DiskError) -> Int {
        guard let number = try find(path, operation: operation) else { throw .notFound(path: path) }
        guard nodes[number]!.isDirectory else { throw .system(operation: operation, path: path, errno: ENOTDIR) }
        return number
    }

    private func find(_ parts: ArraySlice<String>, _ path: String, _ operation: String) throws(DiskError) -> Int? {
        var number = Self.root
        for part in parts {
            guard let node = nodes[number], node.isDirectory else {
                throw .system(operation: operation, path: path, errno: ENOTDIR)
            }
            guard let next = node.entries[part] else { return nil }
            number = next
        }
        return number
    }
}

extension SimulatedDisk {
    /// Paths of the files below a directory, in no particular order.
    func paths(below directory: Int, _ prefix: String) -> [String] {
        nodes[directory]!.entries.flatMap { name, number -> [String] in
            let path = prefix + "/" + name
            return nodes[number]!.isDirectory ? paths(below: number, path) : [path]
        }
    }
}

// MARK: - Changing

extension SimulatedDisk {
    /// Gives a new file or directory its first name.
    mutating func create(_ path: String, isDirectory: Bool, operation: String) throws(DiskError) -> Int {
        let place = try parent(of: path, operation: operation)
        let number = newNumber()
        nodes[number] = SimulatedNode(isDirectory: isDirectory)
        change([NameChange(directory: place.directory, name: place.name, before: nil, after: number)])
        return number
    }

    mutating func rename(_ source: String, to target: String) throws(DiskError) {
        let from = try parent(of: source, operation: "rename")
        guard let moved = nodes[from.directory]!.entries[from.name] else { throw .notFound(path: source) }
        let place = try parent(of: target, operation: "rename")
        let replaced = nodes[place.directory]!.entries[place.name]
        if replaced == moved { return }
        if let replaced { try checkReplacement(of: replaced, by: moved, target) }
        change([
            NameChange(directory: place.directory, name: place.name, before: replaced, after: moved),
            NameChange(directory: from.directory, name: from.name, before: moved, after: nil),
        ])
    }

    mutating func link(_ source: String, to target: String) throws(DiskError) {
        guard let number = try find(source, operation: "link") else { throw .notFound(path: source) }
        guard !nodes[number]!.isDirectory else { throw .system(operation: "link", path: source, errno: EPERM) }
        let place = try parent(of: target, operation: "link")
        guard nodes[place.directory]!.entries[place.name] == nil else { throw .exists(path: target) }
        change([NameChange(directory: place.directory, name: place.name, before: nil, after: number)])
    }

    mutating func remove(_ path: String) throws(DiskError) {
        let place = try parent(of: path, operation: "unlink")
        guard let number = nodes[place.directory]!.entries[place.name] else { throw .notFound(path: path) }
        guard nodes[number]!.entries.isEmpty else { throw .system(operation: "rmdir", path: path, errno: ENOTEMPTY) }
        change([NameChange(directory: place.directory, name: place.name, before: number, after: nil)])
    }

    private func checkReplacement(of replaced: Int, by moved: Int, _ target: String) throws(DiskError) {
        switch (nodes[moved]!.isDirectory, nodes[replaced]!.isDirectory) {
        case (false, true): throw .system(operation: "rename", path: target, errno: EISDIR)
        case (true, false): throw .system(operation: "rename", path: target, errno: ENOTDIR)
        case (true, true) where !nodes[replaced]!.entries.isEmpty:
            throw .system(operation: "rename", path: target, errno: ENOTEMPTY)
        default: break
        }
    }

    /// Makes changes visible; they are durable after a sync.
    private mutating func change(_ changes: [NameChange]) {
        for change in changes {
            change.apply(to: &nodes[change.directory]!.entries)
            if let before = change.before { nodes[before]!.linkCount -= 1 }
            if let after = change.after { nodes[after]!.linkCount += 1 }
        }
        pendingNames.append(NameOperation(changes: changes))
    }
}

// MARK: - Durability

extension SimulatedDisk {
    mutating func syncDirectory(_ directory: Int) {
        for index in pendingNames.indices {
            let changes = pendingNames[index].changes
            guard changes.contains(where: { $0.directory == directory }) else { continue }
            // The other half of a rename out of this directory: the new name never gets lost.
            for change in changes where change.directory != directory && change.after != nil {
                change.apply(to: &nodes[change.directory]!.durableEntries)
                dropPending(change, upTo: index)
            }
            pendingNames[index].changes.removeAll { $0.directory == directory }
        }
        nodes[directory]!.durableEntries = nodes[directory]!.entries
        pendingNames.removeAll { $0.changes.isEmpty }
        forgetUnreachable()
    }

    /// Forgets changes of an entry that a durable one has overtaken.
    private mutating func dropPending(_ overtaking: NameChange, upTo last: Int) {
        for index in 0...last {
            pendingNames[index].changes.removeAll {
                $0.directory == overtaking.directory && $0.name == overtaking.name
            }
        }
    }

    /// Decides at a power cut which pending name changes reach the medium.
    mutating func settleNames(_ survival: Survival, _ random: inout SplitMix64) {
        for operation in pendingNames {
            for change in Self.surviving(operation, survival, &random) {
                change.apply(to: &nodes[change.directory]!.durableEntries)
            }
        }
        pendingNames.removeAll()
    }

    private static func surviving(
        _ operation: NameOperation, _ survival: Survival, _ random: inout SplitMix64
    ) -> [NameChange] {
        switch survival {
        case .none: return []
        case .all, .names: return operation.changes
        case .random:
            let fate = Int.random(in: 0..<4, using: &random)
            if fate == 0 { return [] }
            let spansDirectories = operation.changes.contains { $0.directory != operation.changes[0].directory }
            return fate == 1 && spansDirectories ? operation.changes.filter { $0.after != nil } : operation.changes
        }
    }

    /// Drops nodes that no name, pending change or handle leads to.
    mutating func forgetUnreachable() {
        var waiting = [Self.root] + nodes.filter { $0.value.openCount > 0 }.map(\.key)
        for operation in pendingNames {
            for change in operation.changes { waiting += [change.before, change.after].compactMap(\.self) }
        }
        var reached: Set<Int> = []
        while let number = waiting.popLast() {
            guard reached.insert(number).inserted, let node = nodes[number] else { continue }
            waiting += node.entries.values
            waiting += node.durableEntries.values
        }
        if reached.count < nodes.count { nodes = nodes.filter { reached.contains($0.key) } }
    }
}

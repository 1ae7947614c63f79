/// Puts queries into an order in which each comes after those that it refers to; of several, in order of the request.
struct MathOrder {
    /// Per query the queries that it refers to, each once.
    private let references: [[Int]]

    init(_ references: [[Int]]) { self.references = references }

    /// O(queries × references).
    /// - Parameter name: the id of a query, for the message.
    /// - Throws: `.request` with the ids of a cycle.
    func run(name: (Int) -> String) throws(MathError) -> [Int] {
        var waiting = references.map(\.count)
        var users = [[Int]](repeating: [], count: references.count)
        for (user, inputs) in references.enumerated() {
            for input in inputs { users[input].append(user) }
        }
        var order = references.indices.filter { waiting[$0] == 0 }
        var next = 0
        while next < order.count {
            for user in users[order[next]] {
                waiting[user] -= 1
                if waiting[user] == 0 { order.append(user) }
            }
            next += 1
        }
        guard order.count < references.count, let start = waiting.firstIndex(where: { $0 > 0 }) else { return order }
        let cycle = self.cycle(from: start) { waiting[$0] > 0 }
        throw MathError(
            .request, "the expressions refer to each other in a circle: \(cycle.map(name).joined(separator: " → "))",
            in: name(cycle[0]))
    }

    /// From a query that waits along others that wait until one comes back: first and last are the same.
    private func cycle(from start: Int, isWaiting: (Int) -> Bool) -> [Int] {
        var path = [start]
        while true {
            // Every query that waits refers to one that waits.
            guard let last = path.last, let input = references[last].first(where: isWaiting) else { return path }
            if let first = path.firstIndex(of: input) { return Array(path[first...]) + [input] }
            path.append(input)
        }
    }
}

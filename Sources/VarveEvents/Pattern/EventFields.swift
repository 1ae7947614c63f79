import VarveJSON

/// An event taken apart into its leaves, by path.
///
/// Every object or array inside an array is an *element*: a leaf belongs to the innermost one that it stands in, and
/// conditions under one array have to be met inside the same element. The event itself is element 0.
struct EventFields {
    struct Leaf {
        var value: EventScalar
        var element: Int
    }

    /// Where an element stands.
    struct Element {
        /// Elements from the outermost to this one, the event itself not counted.
        var chain: [Int]
        /// Number of the array; each array of the event has its own.
        var array: Int
    }

    private(set) var leaves: [EventPath: [Leaf]] = [:]
    private(set) var elements = [Element(chain: [], array: -1)]
    private var arrayCount = 0

    /// O(event). Depth is limited by the reader of the JSON.
    init(_ event: JSONValue) {
        var path: [UInt8] = []
        add(event, path: &path, element: 0)
    }

    private mutating func add(_ value: JSONValue, path: inout [UInt8], element: Int) {
        switch value {
        case .object(let members): addMembers(members, path: &path, element: element)
        case .array(let values): addElements(values, path: &path, element: element)
        default:
            guard let scalar = EventScalar(value) else { return }
            leaves[EventPath(bytes: path), default: []].append(Leaf(value: scalar, element: element))
        }
    }

    private mutating func addMembers(_ members: [JSONMember], path: inout [UInt8], element: Int) {
        let length = path.count
        for member in members {
            // Only the event itself has an empty path without being a member; a member may be called "".
            if isInside { path.append(UInt8(ascii: ".")) }
            path.append(contentsOf: member.name.utf8)
            depth += 1
            add(member.value, path: &path, element: element)
            depth -= 1
            path.removeSubrange(length...)
        }
    }

    private mutating func addElements(_ values: [JSONValue], path: inout [UInt8], element: Int) {
        let array = arrayCount
        arrayCount += 1
        for value in values {
            switch value {
            case .object, .array:
                let inner = elements.count
                elements.append(Element(chain: elements[element].chain + [inner], array: array))
                add(value, path: &path, element: inner)
            default: add(value, path: &path, element: element)
            }
        }
    }

    /// Members that enclose the value being added.
    private var depth = 0
    private var isInside: Bool { depth > 0 }
}

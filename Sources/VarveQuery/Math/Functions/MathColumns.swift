/// The members of an array over one axis, worked on time by time.
struct MathColumns {
    private let members: [MathSeries]
    private let axis: MathAxis

    /// - Precondition: there is a member.
    init(_ members: [MathSeries]) {
        self.members = members
        axis = MathAxis.common(members.map(\.axis))
    }

    var sum: MathSeries { reduced { $0 + $1 } }

    /// The number of members with a point; nothing where none has one.
    var counts: MathSeries {
        var counts = [Double](repeating: 0, count: axis.count)
        for member in members {
            let values = member.values(on: axis)
            for index in counts.indices { counts[index] += values[index].isNaN ? 0 : 1 }
        }
        return series(counts.map { $0 == 0 ? .nan : $0 })
    }

    /// A member without a point counts as 0, where any has one.
    var average: MathSeries {
        let count = Double(members.count)
        return series(sum.values(on: axis).map { $0 / count })
    }

    /// Of the whole population, a member without a point counting as 0, where any has one.
    var standardDeviation: MathSeries {
        let count = Double(members.count)
        let means = average.values(on: axis)
        var squares = [Double](repeating: 0, count: axis.count)
        for member in members {
            let values = member.values(on: axis)
            for index in squares.indices {
                let distance = (values[index].isNaN ? 0 : values[index]) - means[index]
                squares[index] += distance * distance
            }
        }
        return series(squares.map { ($0 / count).squareRoot() })
    }

    /// `body` of the points that there are.
    @inline(__always)
    func reduced(_ body: (Double, Double) -> Double) -> MathSeries {
        var result = [Double](repeating: .nan, count: axis.count)
        for member in members {
            let values = member.values(on: axis)
            for index in result.indices {
                let (left, right) = (result[index], values[index])
                result[index] = left.isNaN ? right : right.isNaN ? left : body(left, right)
            }
        }
        return series(result)
    }

    private func series(_ values: [Double]) -> MathSeries { MathSeries(label: .none, axis: axis, values: values) }
}

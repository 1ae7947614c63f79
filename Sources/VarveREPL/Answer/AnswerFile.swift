import Glibc
import VarveQuery

/// Answers in files. The ending of the name says what is written.
package enum AnswerFile {
    /// What a file may be.
    private enum Kind: String, CaseIterable {
        case csv, json, png
    }

    /// Checks a name before anything is asked.
    /// - Throws: `usage` when it has none of the known endings.
    package static func check(_ path: String) throws(Problem) { _ = try kind(of: path) }

    /// Writes `answer`, replacing what is there: all of it, or nothing.
    /// - Parameters:
    ///   - path: ends in `.csv`, `.json` or `.png`.
    ///   - title: the statement, for a picture.
    ///   - chart: how a picture shows it.
    /// - Returns: a sentence for the reader.
    /// - Throws: `usage` for another ending, `wrongInput` for a picture of what cannot be drawn, `failed` when the file
    ///   cannot be written.
    package static func write(
        _ answer: Answer, to path: String, title: String, chart: ChartKind, zone: LocalZone
    ) throws(Problem) -> String {
        let bytes: [UInt8]
        var what: String
        switch try kind(of: path) {
        case .csv:
            bytes = Array(CSVRenderer.render(answer.document).utf8)
            what = answer.result.rows.count == 1 ? "1 row" : "\(answer.result.rows.count) rows"
        case .json:
            bytes = Array(JSONRenderer.render(answer.document).utf8)
            what = answer.result.rows.count == 1 ? "1 row" : "\(answer.result.rows.count) rows"
        case .png:
            guard let canvas = ChartPicture.canvas(answer, kind: chart, title: title, zone: zone) else {
                let why = ChartModel.nothingToDraw(of: answer.result)
                throw Problem(.wrongInput, path, String(why.dropLast(2)), advice: "write .csv or .json")
            }
            bytes = PNGEncoder.encode(canvas)
            what = "\(canvas.width) × \(canvas.height) pixels"
        }
        try replace(path, with: bytes)
        return "wrote \(path): \(what), \(NumberFormat.bytes(bytes.count))"
    }

    private static func kind(of path: String) throws(Problem) -> Kind {
        let name = path.split(separator: "/").last ?? ""
        let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() }
        if let ending, let kind = Kind(rawValue: ending) { return kind }
        let known = Kind.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
        throw Problem(.usage, path, "the ending says what is written: \(known)", advice: "such as cpu.png")
    }

    /// Written beside and moved over it, so that a full disk leaves what was there.
    private static func replace(_ path: String, with bytes: [UInt8]) throws(Problem) {
        var status = stat()
        // A pipe or a device is written to, not replaced.
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            return try write(bytes, to: path, flags: O_WRONLY, shownAs: path)
        }
        let temporary = "\(path).\(getpid()).new"
        do throws(Problem) {
            try write(bytes, to: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC, shownAs: path)
            guard rename(temporary, path) == 0 else { throw problem(path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func write(
        _ bytes: [UInt8], to path: String, flags: Int32, shownAs name: String
    ) throws(Problem) {
        let descriptor = open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw problem(name) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = problem(name)
                close(descriptor)
                throw failure
            }
            offset += count
        }
        guard close(descriptor) == 0 else { throw problem(name) }
    }

    private static func problem(_ path: String) -> Problem {
        Problem(.failed, path, "cannot be written: \(String(cString: strerror(errno)))", advice: "choose another place")
    }
}

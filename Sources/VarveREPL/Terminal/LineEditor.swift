import CEdit
import Glibc

/// Line editing on a terminal, by libedit: keys, history, completion. Owned by one thread.
package final class LineEditor {
    package enum Input: Equatable {
        case line(String)
        /// Ctrl-C: the line was given up.
        case interrupted
        /// Ctrl-D on an empty line, or the terminal went away.
        case end
    }

    /// What Tab does with the text before the cursor.
    package typealias Completer = (_ textBeforeCursor: String) -> TabCompletion.Outcome

    private let editor: OpaquePointer
    private let history: OpaquePointer
    private let completer: Completer
    /// The prompt as C text: libedit asks for it again and again.
    private var prompt: UnsafeMutablePointer<CChar>? = nil

    /// nil when libedit cannot work with this terminal.
    package init?(history lines: [String], completer: @escaping Completer) {
        Self.useUTF8()
        guard let editor = varve_edit_open("varve") else { return nil }
        guard let history = history_init() else {
            el_end(editor)
            return nil
        }
        self.editor = editor
        self.history = history
        self.completer = completer
        configure()
        for line in lines { remember(line) }
    }

    deinit {
        el_end(editor)
        history_end(history)
        free(prompt)
    }

    /// Waits for a line.
    package func readLine(prompt text: String) -> Input {
        free(prompt)
        prompt = strdup(text)
        var count: Int32 = 0
        guard let line = el_gets(editor, &count), count > 0 else {
            guard Interrupts.takeInterrupt() else { return .end }
            el_reset(editor)
            FileDescriptor.write("^C\n", to: STDOUT_FILENO)
            return .interrupted
        }
        let text = String(cString: line)
        return .line(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    /// Puts a line at the end of the history.
    package func remember(_ line: String) { _ = varve_history_add(history, line) }

    private func configure() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = varve_edit_set_context(editor, context)
        _ = varve_edit_leave_signals(editor)
        _ = varve_edit_set_prompt(editor) { LineEditor.of($0)?.prompt }
        _ = varve_edit_set_emacs_keys(editor)
        _ = varve_history_set_size(history, 5_000)
        _ = varve_history_skip_repeats(history)
        _ = varve_edit_set_history(editor, history)
        _ = varve_edit_set_reader(editor) { editor, character in readCharacter(editor, character) }
        _ = varve_edit_add_function(editor, "varve-complete", "complete the word before the cursor") { editor, _ in
            LineEditor.of(editor)?.complete() ?? UInt8(CC_ERROR)
        }
        _ = varve_edit_bind(editor, "\t", "varve-complete")
        _ = varve_edit_bind(editor, "^R", "em-inc-search-prev")
        // The reader's own key bindings win.
        _ = el_source(editor, nil)
    }

    private static func of(_ editor: OpaquePointer?) -> LineEditor? {
        guard let editor, let context = varve_edit_context(editor) else { return nil }
        return Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
    }

    /// Tab: inserts what is certain, or lists what is possible below the line.
    private func complete() -> UInt8 {
        guard let line = el_line(editor)?.pointee else { return UInt8(CC_ERROR) }
        let bytes = UnsafeRawBufferPointer(start: line.buffer, count: line.cursor - line.buffer)
        switch completer(String(decoding: bytes, as: UTF8.self)) {
        case .nothing: return UInt8(CC_REFRESH_BEEP)
        case .replace(let scalarCount, let text):
            if scalarCount > 0 { el_deletestr(editor, Int32(scalarCount)) }
            return el_insertstr(editor, text) == 0 ? UInt8(CC_REFRESH) : UInt8(CC_ERROR)
        case .list(let candidates):
            FileDescriptor.write("\n" + TabCompletion.columns(candidates, width: Self.width), to: STDOUT_FILENO)
            return UInt8(CC_REDISPLAY)
        }
    }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// libedit counts columns by the C library's idea of characters: it must be UTF-8, as the names of series are.
    private static func useUTF8() {
        setlocale(LC_CTYPE, "")
        guard let name = nl_langinfo(Int32(CODESET)), String(cString: name) == "UTF-8" else {
            setlocale(LC_CTYPE, "C.UTF-8")
            return
        }
    }
}

/// Reads one character of UTF-8 for libedit: 1 for a character, 0 at the end, -1 when Ctrl-C came.
///
/// libedit's own reader goes on after every signal; this one ends at Ctrl-C and redraws after a change of size.
private func readCharacter(_ editor: OpaquePointer?, _ character: UnsafeMutablePointer<wchar_t>?) -> Int32 {
    var bytes: [UInt8] = []
    while true {
        var byte: UInt8 = 0
        let count = read(STDIN_FILENO, &byte, 1)
        if count < 0, errno == EINTR {
            if Interrupts.takeResize() { el_resize(editor) }
            if Interrupts.hasInterrupt { return -1 }
            continue
        }
        guard count == 1 else { return count == 0 ? 0 : -1 }
        bytes.append(byte)
        if bytes.count == UTF8Length.of(leadByte: bytes[0]) { break }
    }
    guard let scalar = String(decoding: bytes, as: UTF8.self).unicodeScalars.first else { return -1 }
    character?.pointee = wchar_t(scalar.value)
    return 1
}

/// How many bytes a character of UTF-8 has.
enum UTF8Length {
    /// From its first byte; 1 for bytes that cannot begin a character.
    static func of(leadByte: UInt8) -> Int {
        switch leadByte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }
}

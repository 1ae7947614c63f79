// libedit's editing functions for Swift, which cannot call C functions with variable arguments.
#ifndef VARVE_CEDIT_H
#define VARVE_CEDIT_H

#include <stdio.h>
#include <histedit.h>

typedef char *(*varve_prompt_function)(EditLine *);
typedef unsigned char (*varve_key_function)(EditLine *, int);
typedef int (*varve_read_function)(EditLine *, wchar_t *);

static inline EditLine *varve_edit_open(const char *program) {
    return el_init(program, stdin, stdout, stderr);
}

static inline int varve_edit_set_prompt(EditLine *editor, varve_prompt_function prompt) {
    return el_set(editor, EL_PROMPT, prompt);
}

static inline int varve_edit_set_emacs_keys(EditLine *editor) {
    return el_set(editor, EL_EDITOR, "emacs");
}

// Without it, libedit installs handlers that send the signal to the whole process group once more.
static inline int varve_edit_leave_signals(EditLine *editor) {
    return el_set(editor, EL_SIGNAL, 0);
}

static inline int varve_edit_set_history(EditLine *editor, History *lines) {
    return el_set(editor, EL_HIST, history, lines);
}

static inline int varve_edit_set_reader(EditLine *editor, varve_read_function reader) {
    return el_set(editor, EL_GETCFN, reader);
}

static inline int varve_edit_set_context(EditLine *editor, void *context) {
    return el_set(editor, EL_CLIENTDATA, context);
}

static inline void *varve_edit_context(EditLine *editor) {
    void *context = 0;
    return el_get(editor, EL_CLIENTDATA, &context) == 0 ? context : 0;
}

static inline int varve_edit_add_function(
    EditLine *editor, const char *name, const char *help, varve_key_function function) {
    return el_set(editor, EL_ADDFN, name, help, function);
}

static inline int varve_edit_bind(EditLine *editor, const char *key, const char *function_name) {
    return el_set(editor, EL_BIND, key, function_name, (char *)0);
}

static inline int varve_history_set_size(History *lines, int count) {
    HistEvent event;
    return history(lines, &event, H_SETSIZE, count);
}

static inline int varve_history_skip_repeats(History *lines) {
    HistEvent event;
    return history(lines, &event, H_SETUNIQUE, 1);
}

static inline int varve_history_add(History *lines, const char *line) {
    HistEvent event;
    return history(lines, &event, H_ENTER, line);
}

#endif

"""What is read within a key's answer: its errors are words, and it cannot hang the screen."""

import threading

from widgets.guard import asked, in_words


def test_an_answer_an_error_and_a_silence() -> None:
    assert asked(lambda: 7, 0) == (7, "")

    def broken() -> int:
        raise FileNotFoundError(2, "No such file or directory", "/x/caf\udce9\n")

    assert asked(broken, 0) == (0, "/x/caf??: No such file or directory")
    never = threading.Event()
    assert asked(never.wait, False, 0.01) == (False, "no answer within 0.01 s")
    never.set()


def test_an_error_without_words_is_named_by_its_kind() -> None:
    assert in_words(NotImplementedError("Non-relative patterns are unsupported")).startswith("NotImplementedError: Non")
    assert in_words(RecursionError()) == "RecursionError"

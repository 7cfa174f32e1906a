"""What the tests read out of a page: its elements, its text, its links."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "input", "link", "br", "img"}


class Page(HTMLParser):
    """Elements with their attributes in order, and the text under the elements that are open.

    Attributes:
        elements: (tag, attributes) of every start tag.
        texts: (path of open tags, text) of every text.
        unclosed: Tags that were closed in the wrong order.
        english: Texts marked as English in a page of another language.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.unclosed: list[str] = []
        self.english: set[str] = set()
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that holds nothing."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        if not self._open or self._open.pop() != tag:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if data.strip() and self._open[-1:] == ["span"] and self._last == ("span", {"lang": "en"}):
            self.english.add(" ".join(data.split()))
        if data.strip():
            self.texts.append((tuple(self._open), " ".join(data.split())))

    @property
    def _last(self) -> tuple[str, dict[str, str | None]]:
        return self.elements[-1]

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return tags with the names of their attributes."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    def text(self) -> str:
        """Return what a reader sees, one line per text."""
        return "\n".join(text for path, text in self.texts if path[-1] not in ("style", "script", "title"))

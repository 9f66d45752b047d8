// Foreign text made fit to be shown: what a reader cannot see (controls, turns of direction, invisible signs) is
// written out, so that a name cannot pass for another or break a line (Unicode Technical Report 36, 2.10.2).

/** Longest text of one cell; names of Go functions reach some hundred characters. */
const MAX_LENGTH = 2000;

/** Bound of one source line: generated code has lines of megabytes. */
const MAX_CODE_LENGTH = 400;

// Controls, signs of format (turns of direction, zero-width, soft hyphen, byte order mark, tags), halves of surrogate
// pairs, separators of lines and paragraphs.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line of visible text. */
export function visible(text: string, maxLength = MAX_LENGTH): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(INVISIBLE, (char) => {
    const code = char.codePointAt(0)!;
    return code === 0x09 || code === 0x0a || code === 0x0d ? ' ' : `\\u{${code.toString(16)}}`;
  });
}

/** A line of code: tabs become spaces to the next stop, the rest as `visible`. */
export function visibleCode(line: string): string {
  let column = 0;
  let text = '';
  for (const char of line.slice(0, MAX_CODE_LENGTH)) {
    const width = char === '\t' ? 4 - (column % 4) : 1;
    text += char === '\t' ? ' '.repeat(width) : char;
    column += width;
  }
  return visible(line.length > MAX_CODE_LENGTH ? `${text}…` : text);
}

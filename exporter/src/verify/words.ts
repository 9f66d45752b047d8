// Pieces of text that the reports share.

/** The last lines of an output, indented under a message; '' where there is none. */
export function tailOf(output: string, lines = 12): string {
  const kept = output.trimEnd().split('\n').slice(-lines);
  if (kept.length === 0 || kept.join('').trim() === '') return '';
  return `. Its last output:\n${kept.map((line) => `    ${printable(line)}`).join('\n')}`;
}

/** Without control characters, which could move the cursor or colour the terminal. Bounded. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '').slice(0, 500);
}

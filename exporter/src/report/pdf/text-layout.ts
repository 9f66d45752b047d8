// Text into lines: runs of one face each, measured with it. Breaks at spaces, between Chinese characters, and, in
// names too long for a line, behind the separators of Go names and paths; last of all anywhere.

import type { FontSet, FontStyle } from './fonts.js';

export interface TextStyle {
  font: FontStyle;
  size: number;
  color: string;
}

export interface StyledText {
  text: string;
  style: TextStyle;
  /** Colour of a patch before it. */
  swatch?: string | undefined;
}

export interface Segment {
  text: string;
  face: string;
  style: TextStyle;
  width: number;
  swatch?: string | undefined;
}

export interface Line {
  segments: Segment[];
  width: number;
}

/** Width of text without kerning across calls, in points. */
export type Measure = (face: string, size: number, text: string) => number;

const SWATCH_WIDTH = 11;
const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{20000}-\u{3ffff}]/u;
/** Marks that must not begin a line. */
const CLOSING = /^[,.;:!?)\]}%、。,;:!?)】》」』”’…]/u;

export class TextLayout {
  readonly #widths = new Map<string, number>();

  constructor(
    private readonly fonts: FontSet,
    private readonly measure: Measure,
  ) {}

  /** Lines no wider than `width`, but for single characters that are. */
  lines(texts: readonly StyledText[], width: number): Line[] {
    const lines: Line[] = [];
    let line: Line = { segments: [], width: 0 };
    const flush = () => {
      trimEnd(line);
      lines.push(line);
      line = { segments: [], width: 0 };
    };
    const put = (segments: readonly Segment[]) => {
      for (const segment of segments) {
        line.segments.push(segment);
        line.width += segment.width;
      }
    };
    for (const word of this.#words(texts)) {
      const isSpace = word.every(({ text }) => text.trim() === '');
      const wordWidth = widthOf(word);
      if (isSpace && line.segments.length === 0) continue;
      if (line.width + wordWidth <= width + 0.01) put(word);
      else if (isSpace) flush();
      else {
        if (line.segments.length > 0 && wordWidth <= width) flush();
        if (line.width + wordWidth <= width) put(word);
        else {
          for (const piece of this.#pieces(word, width)) {
            if (line.width + widthOf(piece) > width && line.segments.length > 0) flush();
            put(piece);
          }
        }
      }
    }
    if (line.segments.length > 0 || lines.length === 0) flush();
    return lines;
  }

  /** Width of the text on one line, and of its widest unbreakable piece. */
  widths(texts: readonly StyledText[]): { whole: number; word: number } {
    let whole = 0;
    let word = 0;
    for (const each of this.#words(texts)) {
      const width = widthOf(each);
      whole += width;
      word = Math.max(word, width);
    }
    return { whole, word };
  }

  /** Runs of one face; a character that no font has is written as its number. */
  segments({ text, style, swatch }: StyledText): Segment[] {
    const segments: Segment[] = [];
    let face = '';
    let run = '';
    const end = () => {
      if (run === '') return;
      const width = this.#width(face, style.size, run);
      segments.push({ text: run, face, style, width });
      run = '';
    };
    for (const char of known(text, style.font, this.fonts)) {
      const next = this.fonts.faceOf(style.font, char) ?? face;
      if (next !== face) end();
      face = next;
      run += char;
    }
    end();
    const [first] = segments;
    if (first && swatch !== undefined) segments[0] = { ...first, swatch, width: first.width + SWATCH_WIDTH };
    return segments;
  }

  /** Words with the break allowed behind each; a word may hold several styles. */
  #words(texts: readonly StyledText[]): Segment[][] {
    const words: Segment[][] = [];
    let word: Segment[] = [];
    const end = () => {
      if (word.length > 0) words.push(word);
      word = [];
    };
    for (const each of texts) {
      let { swatch } = each;
      for (const token of tokens(each.text)) {
        const isSpace = token.trim() === '';
        const isWide = WIDE.test(token);
        if (isSpace || (isWide && !CLOSING.test(token))) end();
        word.push(...this.segments({ ...each, text: token, swatch }));
        swatch = undefined;
        if (isSpace || isWide) end();
      }
    }
    end();
    return words;
  }

  /** A word too long for a line: behind separators first, then anywhere. */
  *#pieces(word: readonly Segment[], width: number): Generator<Segment[]> {
    for (const { text, style, swatch } of word) {
      for (const part of text.split(/(?<=[/.\\,)\]}_-])(?=[^/.\\,)\]}])/)) {
        const whole = this.segments({ text: part, style, swatch });
        if (widthOf(whole) <= width) {
          yield whole;
          continue;
        }
        let piece = '';
        for (const char of part) {
          if (piece !== '' && widthOf(this.segments({ text: piece + char, style })) > width) {
            yield this.segments({ text: piece, style });
            piece = '';
          }
          piece += char;
        }
        if (piece !== '') yield this.segments({ text: piece, style });
      }
    }
  }

  #width(face: string, size: number, text: string): number {
    const key = `${face}\0${size}\0${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) this.#widths.set(key, (width = this.measure(face, size, text)));
    return width;
  }
}

/** Characters to show: those without a glyph become their number, "\u{627}". */
export function* known(text: string, font: FontStyle, fonts: FontSet): Generator<string> {
  for (const char of text) {
    if (fonts.faceOf(font, char) !== undefined) yield char;
    else yield* `\\u{${char.codePointAt(0)!.toString(16)}}`;
  }
}

/** Words, runs of spaces, and wide characters one by one. */
function tokens(text: string): string[] {
  return (
    text.match(
      /\s+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{20000}-\u{3ffff}]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{20000}-\u{3ffff}]+/gu,
    ) ?? []
  );
}

function widthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { width }) => sum + width, 0);
}

function trimEnd(line: Line): void {
  while (line.segments.at(-1)?.text.trim() === '') line.width -= line.segments.pop()!.width;
}

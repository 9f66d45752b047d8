// The terminal while a diagnosis runs: a full-screen view in the alternate buffer, redrawn in place without flicker, keys,
// resizes, and the terminal given back as it was whatever happens. Sequences: ECMA-48 and xterm's control sequences;
// consoles of Windows 10 and newer know all of those used.

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const CLEAR_TO_END_OF_LINE = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;
/** Synchronized output: terminals that know it show the frame whole, others pass it over. */
const BEGIN_FRAME = `${ESC}?2026h`;
const END_FRAME = `${ESC}?2026l`;

export interface TerminalStreams {
  output: NodeJS.WriteStream;
  input: NodeJS.ReadStream;
}

export interface Size {
  columns: number;
  rows: number;
}

export type Key = 'finish' | 'interrupt';

/** What terminals without a size are taken for. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };
const MOST_COLUMNS = 1000;

export class Terminal {
  readonly #output: NodeJS.WriteStream;
  readonly #input: NodeJS.ReadStream;
  #draw: (size: Size) => string[] = () => [];
  #isOpen = false;
  #lastFrame = '';
  #leave = () => {};

  constructor({ output, input }: TerminalStreams) {
    this.#output = output;
    this.#input = input;
  }

  get size(): Size {
    const { columns = DEFAULT_SIZE.columns, rows = DEFAULT_SIZE.rows } = this.#output;
    return { columns: Math.min(Math.max(columns, 1), MOST_COLUMNS), rows: Math.max(rows, 1) };
  }

  /** Shows what `draw` gives until close(); each line must fit the columns. */
  open(draw: (size: Size) => string[], onKey: (key: Key) => void): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#draw = draw;
    this.#output.write(ENTER);
    const onResize = () => {
      this.#lastFrame = '';
      this.redraw();
    };
    this.#output.on('resize', onResize);
    const stopKeys = this.#listen(onKey);
    // A crash must not leave a terminal without a cursor.
    const onExit = () => this.close();
    process.once('exit', onExit);
    this.#leave = () => {
      process.off('exit', onExit);
      this.#output.off('resize', onResize);
      stopKeys();
    };
    this.redraw();
  }

  redraw(): void {
    if (!this.#isOpen) return;
    const { rows } = this.size;
    const lines = this.#draw(this.size).slice(0, rows);
    const frame = lines.map((line) => line + CLEAR_TO_END_OF_LINE).join('\r\n');
    if (frame === this.#lastFrame) return;
    this.#lastFrame = frame;
    this.#output.write(BEGIN_FRAME + HOME + frame + CLEAR_BELOW + END_FRAME);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#leave();
    this.#output.write(LEAVE);
  }

  #listen(onKey: (key: Key) => void): () => void {
    const input = this.#input;
    if (!input.isTTY) return () => {};
    const wasRaw = input.isRaw;
    const onData = (data: Buffer) => {
      const text = data.toString('latin1');
      if (text.includes('\u0003')) onKey('interrupt');
      else if (/^[qQ\r\n]/.test(text)) onKey('finish');
    };
    input.setRawMode(true);
    input.resume();
    input.on('data', onData);
    return () => {
      input.off('data', onData);
      input.setRawMode(wasRaw);
      input.pause();
    };
  }
}

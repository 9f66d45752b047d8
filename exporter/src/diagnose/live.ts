// The live view on a terminal.

import type { Colors } from './screen.js';
import { screen } from './screen.js';
import { Terminal, type Key, type TerminalStreams } from './terminal.js';
import type { Glyphs } from './text.js';
import type { LiveState, View } from './types.js';

export interface LiveOptions {
  streams: TerminalStreams;
  glyphs: Glyphs;
  colors: Colors;
  onKey: (key: Key) => void;
}

export class LiveView implements View {
  readonly #terminal: Terminal;
  #state: LiveState | undefined;

  constructor({ streams, glyphs, colors, onKey }: LiveOptions) {
    this.#terminal = new Terminal(streams);
    this.#terminal.open((size) => (this.#state ? screen(this.#state, size, glyphs, colors) : []), onKey);
  }

  update(state: LiveState): void {
    this.#state = state;
    this.#terminal.redraw();
  }

  note(): void {
    // What is worth a line stands in the state already.
  }

  close(): void {
    this.#terminal.close();
  }
}

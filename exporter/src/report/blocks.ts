// A report as a row of blocks: what Markdown, HTML and PDF have in common. Texts are as they came; every writer
// escapes them for its own form.

import type { MemoryPart } from '../signals.js';
import type { Picture } from './picture.js';

export interface Inline {
  text: string;
  style?: 'strong' | 'code' | 'muted' | 'danger';
  /** A patch of the colour of this part before the text. */
  swatch?: MemoryPart;
}

export interface Column {
  title: string;
  align?: 'right';
}

export interface CodeLine {
  text: string;
  /** Stands in a margin before the line. */
  margin?: string;
  isMarked?: boolean;
}

export type Block =
  | { kind: 'heading'; level: 2 | 3; text: readonly Inline[] }
  | { kind: 'text'; text: readonly Inline[] }
  | { kind: 'facts'; rows: { name: string; value: readonly Inline[] }[] }
  | { kind: 'table'; columns: readonly Column[]; rows: readonly (readonly (readonly Inline[])[])[] }
  | { kind: 'code'; lines: readonly CodeLine[]; language: 'go' | 'sh' | 'text' }
  | { kind: 'list'; items: readonly (readonly Inline[])[] }
  /** `plain`: the picture for a reader of text alone. */
  | { kind: 'picture'; picture: Picture; caption: string; plain: string[] }
  | { kind: 'graph'; dot: string; caption: string };

export interface ReportDocument {
  title: string;
  summary: string;
  /** Under the title: when and by whom. */
  byline: string;
  generatedAt: string;
  generator: string;
  blocks: Block[];
}

export const plain = (text: string): Inline => ({ text });
export const strong = (text: string): Inline => ({ text, style: 'strong' });
export const code = (text: string): Inline => ({ text, style: 'code' });
export const muted = (text: string): Inline => ({ text, style: 'muted' });

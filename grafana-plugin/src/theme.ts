// Grafana's theme as CSS variables, so that the panel's styles are plain CSS files: the exporter's page then needs no
// inline styles, and the panel follows Grafana's own themes. Names: --ll-….

import type { GrafanaTheme2 } from '@grafana/data';
import type { MemoryPart } from 'leakline/signals';

export type ThemeVariables = Record<`--ll-${string}`, string>;

/** Hues of the parts of memory; what a Go developer must act on is warm, what is no leak is pale or grey. */
const PART_COLORS: Record<'light' | 'dark', Record<MemoryPart, string>> = {
  dark: {
    live_heap: '#f2884b',
    garbage: '#7d7260',
    heap_fragmentation: '#9a8f3d',
    heap_idle: '#4b5563',
    stacks: '#b877d9',
    runtime: '#5794f2',
    profiling_buckets: '#e5659b',
    non_go: '#4fae9b',
  },
  light: {
    live_heap: '#e0702b',
    garbage: '#b9a98a',
    heap_fragmentation: '#b5a642',
    heap_idle: '#a9b1bd',
    stacks: '#9b59c4',
    runtime: '#3d76d6',
    profiling_buckets: '#cf3f7e',
    non_go: '#2f8f7c',
  },
};

export function themeVariables(theme: GrafanaTheme2): ThemeVariables {
  const { colors, typography, shape } = theme;
  const mode = colors.mode;
  const variables: ThemeVariables = {
    '--ll-canvas': colors.background.canvas,
    '--ll-background': colors.background.primary,
    '--ll-raised': colors.background.secondary,
    '--ll-border': colors.border.weak,
    '--ll-border-medium': colors.border.medium,
    '--ll-text': colors.text.primary,
    '--ll-text-secondary': colors.text.secondary,
    '--ll-text-strong': colors.text.maxContrast,
    '--ll-link': colors.text.link,
    '--ll-hover': colors.action.hover,
    '--ll-selected': colors.action.selected,
    '--ll-primary': colors.primary.main,
    '--ll-primary-contrast': colors.primary.contrastText,
    '--ll-primary-border': colors.primary.border,
    '--ll-error': colors.error.text,
    '--ll-error-soft': colors.error.transparent,
    '--ll-error-faint': `color-mix(in srgb, ${colors.error.main} 9%, transparent)`,
    '--ll-warning-faint': `color-mix(in srgb, ${colors.warning.main} 9%, transparent)`,
    '--ll-success-faint': `color-mix(in srgb, ${colors.success.main} 7%, transparent)`,
    // Grafana's own orange is too pale for small words on its soft ground.
    '--ll-warning': mode === 'dark' ? colors.warning.text : '#7a4300',
    '--ll-warning-soft': colors.warning.transparent,
    '--ll-success': colors.success.text,
    '--ll-success-soft': colors.success.transparent,
    '--ll-info': colors.info.text,
    '--ll-info-soft': colors.info.transparent,
    '--ll-growth': mode === 'dark' ? '#ff7a52' : '#b5370c',
    '--ll-growth-soft': mode === 'dark' ? 'rgb(255 122 82 / 12%)' : 'rgb(181 55 12 / 8%)',
    '--ll-shrink': mode === 'dark' ? '#5aa2e0' : '#2b6cb0',
    '--ll-font': typography.fontFamily,
    '--ll-mono': typography.fontFamilyMonospace,
    '--ll-radius': shape.radius.default,
  };
  for (const [part, color] of Object.entries(PART_COLORS[mode])) variables[`--ll-part-${part}`] = color;
  return variables;
}

// Grafana's theme as CSS variables, so that the panel's styles are plain CSS files: the exporter's page then needs no
// inline styles, and the panel follows Grafana's own themes. Names: --ll-….

import type { GrafanaTheme2 } from '@grafana/data';
import { PART_COLORS } from 'leakline/part-colors';

export type ThemeVariables = Record<`--ll-${string}`, string>;

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
    // Grounds of dark words in both themes.
    '--ll-flame-growth': '#ff7a52',
    '--ll-flame-shrink': '#5aa2e0',
    '--ll-font': typography.fontFamily,
    '--ll-mono': typography.fontFamilyMonospace,
    '--ll-radius': shape.radius.default,
  };
  for (const [part, color] of Object.entries(PART_COLORS[mode])) variables[`--ll-part-${part}`] = color;
  return variables;
}

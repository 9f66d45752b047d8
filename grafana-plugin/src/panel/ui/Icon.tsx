// The few signs that the panel uses, drawn inline: no icon font, no request, and they take the colour of the text.
import React from 'react';

const PATHS = {
  leaking: 'M8 1.2C8 1.2 3 7 3 10.2a5 5 0 0 0 10 0C13 7 8 1.2 8 1.2zM5.6 10.6a2.6 2.6 0 0 0 2.4 2.6',
  growing: 'M2 12l4-4 3 3 5-6M10 5h4v4',
  healthy: 'M2.5 8.5l3.5 3.5 7.5-8',
  learning: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.6 1.8',
  unknown:
    'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM6.2 6.2a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.7-.8 1.4M8 11.4v.2',
  unreachable: 'M2 2l12 12M4 8.5a6 6 0 0 1 2-1.6M9.5 6.6A6 6 0 0 1 12 8.5M6.3 10.8a3 3 0 0 1 3.4 0M8 13v.1',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  warning: 'M8 2l6.5 11.5h-13zM8 6.5v3M8 11.5v.1',
  camera: 'M2 5h2.5L6 3h4l1.5 2H14v8H2zM8 11.2a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z',
  download: 'M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  link: 'M6.5 9.5l3-3M7 4.8l1.6-1.6a2.8 2.8 0 0 1 4 4L11 8.8M9 11.2l-1.6 1.6a2.8 2.8 0 0 1-4-4L5 7.2',
  open: 'M6 4l4 4-4 4',
  report: 'M4 1.8h5.2l3 3v9.4H4zM9 2v3h3M6 8.5h4M6 11h4',
  alert: 'M8 2a4 4 0 0 0-4 4v3l-1.5 2.5h11L12 9V6a4 4 0 0 0-4-4zM6.5 13.8h3',
  up: 'M8 12.5v-9M4.5 7L8 3.5 11.5 7',
  down: 'M8 3.5v9M4.5 9L8 12.5 11.5 9',
  version: 'M2.5 8a5.5 5.5 0 1 0 1.8-4M4.3 1.6V4h2.4',
  back: 'M10 4L6 8l4 4',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M3.2 12.8l1-1M11.8 4.2l1-1',
  moon: 'M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z',
  box: 'M2.5 4.8L8 2l5.5 2.8v6.4L8 14l-5.5-2.8zM2.5 4.8L8 7.6l5.5-2.8M8 7.6V14',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 14 }: { name: IconName; size?: number }): React.ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

// The result as JUnit XML, as Jenkins, GitLab, GitHub's test reporters and Azure read it: one suite a run, one case a
// signal, limit or compared function. Form: the Ant JUnit task and its de facto schema.

import { SIGNAL_NAMES } from './report-text.js';
import type { Failure, FailureKind, VerifyResult } from './types.js';

const CASE_OF: Partial<Record<FailureKind, string>> = {
  heap_leak: SIGNAL_NAMES.live_heap,
  goroutine_leak: SIGNAL_NAMES.goroutines,
  native_leak: SIGNAL_NAMES.non_go,
};

export function junitReport(result: VerifyResult): string {
  const cases: { name: string; failures: Failure[]; output?: string }[] = result.channels.map(
    ({ signal, why }) => ({
      name: SIGNAL_NAMES[signal],
      failures: result.failures.filter(({ kind }) => CASE_OF[kind] === SIGNAL_NAMES[signal]),
      output: why,
    }),
  );
  for (const failure of result.failures) {
    if (cases.some(({ failures }) => failures.includes(failure))) continue;
    const what = failure.kind.replaceAll('_', ' ');
    cases.push({ name: failure.place ? `${what}: ${failure.place.function}` : what, failures: [failure] });
  }
  const suite = `leakline.${result.service.name}`;
  const seconds = result.watchedSeconds.toFixed(3);
  const failed = cases.filter(({ failures }) => failures.length > 0).length;
  const counts = `tests="${cases.length}" failures="${failed}" errors="0" skipped="0"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="leakline" ${counts} time="${seconds}">`,
    `  <testsuite name=${quoted(suite)} ${counts} time="${seconds}" timestamp=${quoted(result.startedAt.replace(/Z$/, ''))}>`,
  ];
  for (const { name, failures, output } of cases) {
    const place = failures.find((failure) => failure.place !== undefined)?.place;
    const file = place && place.file !== '' ? ` file=${quoted(place.file)} line="${place.line}"` : '';
    lines.push(`    <testcase classname=${quoted(suite)} name=${quoted(name)} time="${seconds}"${file}>`);
    for (const failure of failures) {
      const where = failure.place
        ? `\n${failure.place.function}\n${failure.place.file}:${failure.place.line}`
        : '';
      lines.push(
        `      <failure type=${quoted(failure.kind)} message=${quoted(failure.message)}>${text(failure.message + where)}</failure>`,
      );
    }
    if (output !== undefined) lines.push(`      <system-out>${text(output)}</system-out>`);
    lines.push('    </testcase>');
  }
  lines.push('  </testsuite>', '</testsuites>');
  return `${lines.join('\n')}\n`;
}

/** Characters that XML 1.0 does not allow, whatever the escaping. */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

function text(value: string): string {
  return value
    .replace(NOT_XML, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function quoted(value: string): string {
  return `"${text(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;').replaceAll('\r', '&#13;')}"`;
}

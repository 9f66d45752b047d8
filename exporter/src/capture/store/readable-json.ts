// JSON that a person can read and a machine writes fast: a field a line, and an item a line where a field is a list of
// objects. (JSON.stringify with an indent is several times slower than without, and an incident may hold a thousand
// alerts.)

/** Of an object whose values are JSON; a field that is undefined is left out. Ends with a newline. */
export function readableJson(record: object): string {
  const fields = Object.entries(record as Record<string, unknown>).flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${JSON.stringify(name)}: ${valueText(value)}`],
  );
  return `{\n${fields.join(',\n')}\n}\n`;
}

function valueText(value: unknown): string {
  if (!Array.isArray(value) || !value.some((item) => typeof item === 'object')) return JSON.stringify(value);
  return `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
}

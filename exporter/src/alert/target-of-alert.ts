// Which target an alert is about. Its `instance` is the exporter's address and an address in it is never fetched:
// a target is known by its name or by the labels of the configuration, or the alert is for none.

export interface KnownTarget {
  name: string;
  labels: Record<string, string>;
}

/** The name of the target; undefined when none, or more than one, fits. */
export function targetOfAlert(
  labels: Record<string, string>,
  targets: readonly KnownTarget[],
  alertLabels: readonly string[],
): string | undefined {
  const named = labels.target;
  if (named !== undefined) return targets.find(({ name }) => name === named)?.name;
  for (const label of alertLabels) {
    const value = labels[label];
    if (value === undefined) continue;
    const byName = targets.find(({ name }) => name === value);
    if (byName) return byName.name;
    const byLabel = targets.filter((target) => target.labels[label] === value);
    if (byLabel.length === 1) return byLabel[0]!.name;
  }
  return undefined;
}

// Which target an alert is about. Its `instance` is the exporter's address and an address in it is never fetched:
// a target is known by its name or by the labels of the configuration, or the alert is for none.

/** The targets that an alert may be about. */
export interface KnownTargets {
  has(name: string): boolean;
  /** Names of the targets with this label. */
  withLabel(label: string, value: string): readonly string[];
}

/** The name of the target; undefined when none, or more than one, fits. */
export function targetOfAlert(
  labels: Record<string, string>,
  targets: KnownTargets,
  alertLabels: readonly string[],
): string | undefined {
  const named = labels.target;
  if (named !== undefined) return targets.has(named) ? named : undefined;
  for (const label of alertLabels) {
    const value = labels[label];
    if (value === undefined) continue;
    if (targets.has(value)) return value;
    const [only, ...others] = targets.withLabel(label, value);
    if (only !== undefined && others.length === 0) return only;
  }
  return undefined;
}

// The state of a verdict as icon and word; the colour only repeats them.
import React from 'react';
import type { LeakState } from 'leakline/leak-types';
import { stateWord } from '../domain/words';
import { Icon } from './Icon';
import { classes } from './parts';
import * as styles from './verdict.module.css';

const STATE_CLASS: Record<LeakState, string | undefined> = {
  leaking: styles.badgeLeaking,
  growing: styles.badgeGrowing,
  healthy: styles.badgeHealthy,
  learning: undefined,
};

export function StateBadge({ state }: { state: LeakState | null }): React.ReactElement {
  return (
    <span className={classes(styles.badge, state && STATE_CLASS[state])} data-state={state ?? 'unknown'}>
      <Icon name={state ?? 'unknown'} size={12} />
      {stateWord(state)}
    </span>
  );
}

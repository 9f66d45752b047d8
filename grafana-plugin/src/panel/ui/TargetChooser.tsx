// When a panel's queries give several targets and none is chosen: the targets, worst first, to choose from.
import React from 'react';
import type { ApiTarget } from 'leakline/api';
import { formatBytes } from 'leakline/format';
import { leadingSignal, worstFirst } from '../../datasource/frames/target-frames';
import { t } from '../../i18n';
import { slopeText } from '../domain/words';
import * as styles from './layout.module.css';
import { StateBadge } from './StateBadge';

export function TargetChooser(props: {
  targets: readonly ApiTarget[];
  onChoose: (name: string) => void;
}): React.ReactElement {
  return (
    <ul className={styles.choose} aria-label={t('targets.label', 'Targets')} data-testid="targets">
      {worstFirst(props.targets).map((target) => {
        const signal = leadingSignal(target);
        const slope = signal ? target.verdict?.slopes[signal] : undefined;
        const bad = target.verdict?.state === 'leaking' || target.verdict?.state === 'growing';
        const memory =
          target.signals.commit ?? target.signals.private_working_set ?? target.signals.heap_inuse;
        return (
          <li key={target.name}>
            <button type="button" className={styles.chooseItem} onClick={() => props.onChoose(target.name)}>
              <span className={styles.chooseName}>{target.name}</span>
              <StateBadge state={target.verdict?.state ?? null} />
              <span className={styles.chooseRate}>
                {bad && signal && slope ? `+${slopeText(signal, slope.perSecond)}` : ''}
              </span>
              <span className={styles.chooseMemory}>{memory === undefined ? '' : formatBytes(memory)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

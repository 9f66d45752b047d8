// The first cell of a row that opens: a function, where it stands, and the sign that there is more.
import React from 'react';
import { Icon } from './Icon';
import { classes } from './parts';
import * as styles from './table.module.css';

export interface OpenButtonProps {
  isOpen: boolean;
  onClick: () => void;
  /** In full, where `text` is shortened. */
  title: string;
  text: string;
  /** "store.go:77"; empty where it is not known. */
  place: string;
  children?: React.ReactNode;
}

export function OpenButton(props: OpenButtonProps): React.ReactElement {
  const { isOpen, onClick, title, text, place, children } = props;
  return (
    <button type="button" className={styles.open} aria-expanded={isOpen} title={title} onClick={onClick}>
      <span className={classes(styles.chevron, isOpen && styles.chevronOpen)}>
        <Icon name="open" size={12} />
      </span>
      <span className={styles.openText}>{text}</span>
      {place === '' ? null : <span className={styles.place}>{place}</span>}
      {children}
    </button>
  );
}

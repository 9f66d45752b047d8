// Names of functions without the path of their package, for pictures (google/pprof internal/graph
// ShortenFunctionName).

import type { Dialect } from './options.js';

const JAVA = /^(?:[a-z]\w*\.)*([A-Z][\w$]*\.(?:<init>|[a-z][\w$]*(?:\$\d+)?))(?:(?:\()|$)/;
const GO_1_19 = /^(?:[\w\-.]+\/)+(.+)/;
/** Keeps the last element of a path whole where no dot follows in it. */
const GO_1_26 = /^(?:[\w\-.]+\/)+([^.]+\..+)/;
const GO_VERSION = /^(.*?)\/v(?:[2-9]|[1-9][0-9]+)([./].*)$/;
const CPP = /^(?:[_a-zA-Z]\w*::)+(_*[A-Z]\w*::~?[_a-zA-Z]\w*(?:<.*>)?)/;

/** Longest name that is looked at: names come from foreign profiles. */
const MAX_LENGTH = 2000;

/** "net/http.(*conn).serve" is "http.(*conn).serve". */
export function shortName(name: string, dialect: Dialect): string {
  if (name.length > MAX_LENGTH) return name;
  const plain = name.replace(/^\(anonymous namespace\)::/, '').replace(GO_VERSION, '$1$2');
  for (const pattern of [dialect === 'go1.19' ? GO_1_19 : GO_1_26, JAVA, CPP]) {
    const match = pattern.exec(plain);
    if (match) return match[1]!;
  }
  return plain;
}

// The page /debug/pprof/: how many goroutines there are, without a dump of them.
// Format: net/http/pprof indexTmplExecute; "<td>42</td><td><a href='goroutine?debug=1'>" since Go 1.11,
// `42<td><a href="goroutine?debug=1">` before.

const GOROUTINES = /(?<![\d.])(\d{1,10})\s*(?:<\/td>)?\s*<td>\s*<a href=["']goroutine\?debug=1["']/;

/** The number of goroutines, or undefined where the page does not tell. */
export function goroutineCount(page: Buffer): number | undefined {
  const match = GOROUTINES.exec(page.toString('latin1'));
  return match ? Number(match[1]) : undefined;
}

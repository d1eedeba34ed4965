/** The style of the HTML report: follows the reader's light or dark setting, and fits a phone. */
export const STYLE = `
:root{color-scheme:light dark;--text:#1c2126;--soft:#5b6570;--line:#dde2e7;--back:#fff;--shade:#f5f7f9;--pass:#1a7f37;--fail:#c5221f;--warn:#9a6700}
@media(prefers-color-scheme:dark){:root{--text:#e6eaee;--soft:#9aa5b1;--line:#343b43;--back:#14181c;--shade:#1c2227;--pass:#4cc26a;--fail:#ff7b72;--warn:#e3b341}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back)}
main{max-width:1100px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.5rem;margin:0 0 16px}h2{font-size:1.1rem;margin:32px 0 8px}h4{margin:12px 0 4px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:6px 12px 6px 0;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}
th small{display:block;font-weight:400;color:var(--soft)}tfoot th,tfoot td{font-weight:600}
a{color:inherit}
.hint,.source,.level{color:var(--soft)}
details{border-bottom:1px solid var(--line)}
summary{display:flex;gap:12px;padding:6px 4px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:hover,details[open]>summary{background:var(--shade)}
.id{font:13px/1.7 ui-monospace,monospace;min-width:140px}
.level{font-size:.8rem;line-height:1.9;min-width:66px}
.what{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.cells{display:flex;gap:8px}
.cell{min-width:74px;text-align:right;font-weight:600}
.pass{color:var(--pass)}.fail{color:var(--fail)}.nonStrict{color:var(--warn)}.notApplicable,.inconclusive,.none{color:var(--soft);font-weight:400}
.more{padding:4px 12px 16px;overflow-wrap:anywhere}.more p{margin:4px 0}
pre{overflow-x:auto;max-height:420px;background:var(--shade);padding:12px;border-radius:6px;font:12px/1.5 ui-monospace,monospace}
@media(max-width:640px){summary{flex-wrap:wrap;gap:4px 12px}.what{order:4;flex-basis:100%;white-space:normal}.cells{margin-left:auto}.cell{min-width:0}}
`

export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --text: #1d2433; --muted: #5d6678; --grid: #e4e7ec; --line: #d5dae2;
  --best: #e9f5ee;
  --node-0: #4c78c9; --node-1: #e3a13b; --node-2: #3fa07a; --node-3: #b5699f;
  --way-endpoint: #c2513f; --way-fixed: #b98522; --way-discovery: #1b7f5c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171d; --card: #1c2129; --text: #e6e9ef; --muted: #9aa4b5; --grid: #2c333f; --line: #384150;
    --best: #1d3129;
    --node-0: #6b97e6; --node-1: #e6b25c; --node-2: #55bd94; --node-3: #cf88ba;
    --way-endpoint: #e57f6c; --way-fixed: #dcae55; --way-discovery: #4fc497;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 0.5rem; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 0.35rem; }
h3 { font-size: 0.95rem; margin: 0 0 0.25rem; }
p { margin: 0.35rem 0 0.9rem; max-width: 50rem; }
.muted { color: var(--muted); font-size: 0.9rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.9rem 1rem; margin: 0.9rem 0; }
.chart { position: relative; height: 15.5rem; }
.marks { columns: 16rem; padding-left: 1.3rem; margin: 0.5rem 0 0; font-size: 0.92rem; }
.marks li { break-inside: avoid; }
.scroll { overflow-x: auto; padding: 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.45rem 0.9rem; text-align: right; vertical-align: top; border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { border-bottom: 0; }
td { white-space: pre-line; }
th:last-child, td:last-child { background: var(--best); }
`;

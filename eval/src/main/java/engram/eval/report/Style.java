package engram.eval.report;

/// The page's style. Colours are told apart by lightness too, for who does not see them.
final class Style {
  static final String CSS =
      """
      :root{--ink:#1b1f24;--soft:#59636e;--line:#d1d9e0;--page:#fff;--first:#1f6feb;--second:#bc4c00;\
      --good:#1a7f37;--bad:#a40e26}
      @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;\
      --page:#0d1117;--first:#79c0ff;--second:#ffa657;--good:#56d364;--bad:#ff7b72}}
      body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
      main{max-width:60rem;margin:0 auto;padding:1.5rem}
      h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
      table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
      th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right}
      th:first-child{text-align:left;font-weight:500;overflow-wrap:anywhere}
      thead th{color:var(--soft);font-weight:500}small,.note{color:var(--soft)}
      code{overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .5rem}
      svg{width:100%;height:auto;margin:.5rem 0}svg text{fill:var(--ink);font-size:12px}
      .axis{stroke:var(--line)}.c0{fill:var(--first)}.c1{fill:var(--second)}
      .ci{stroke:var(--ink);stroke-width:1.5}.good{fill:var(--good)}.bad{fill:var(--bad)}
      """;

  private Style() {}
}

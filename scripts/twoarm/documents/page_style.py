"""The style of every page on a screen, on a phone and in print."""

PAGE_CSS = """
:root { color-scheme: light; }
body { font: 11pt/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; color: #000; margin: 0; }
main { max-width: 190mm; margin: 0 auto; padding: 8mm 5mm 15mm; overflow-wrap: break-word; }
h1 { font-size: 1.55em; line-height: 1.25; margin: 0 0 .4em; }
a { color: #0b4f8a; }
data { text-decoration: none; }
data:hover { background: #fff3c4; }
.table { overflow-x: auto; margin: .4em 0; }
.gt_table { border-collapse: collapse; border-top: 1.5px solid #000; border-bottom: 1.5px solid #000; width: 100%;
  font-size: 8.5pt; line-height: 1.3; font-variant-numeric: tabular-nums; }
.gt_table th, .gt_table td { padding: 2px 3px; text-align: center; vertical-align: top; font-weight: normal; }
.gt_table .gt_left { text-align: left; }
.gt_table thead th { font-weight: bold; vertical-align: bottom; padding-top: 5px; }
.gt_column_spanner { display: block; border-bottom: 1px solid #000; padding-bottom: 4px; }
.gt_table tbody { border-top: 1px solid #000; border-bottom: 1px solid #000; }
.gt_stub { text-align: left !important; min-width: 34mm; }
.gt_indent_3 { padding-left: 18px !important; }
.gt_row:not(.gt_stub, .gt_left) { white-space: nowrap; }
.gt_table tfoot td { text-align: left; font-size: 7.5pt; padding: 1px 3px; }
.sentences .gt_table tbody tr + tr { border-top: 1px solid #ccc; }
.sentences .gt_table td, .sentences .gt_table th { padding-right: 10px; }
.gt_footnote_marks { font-style: italic; font-size: 80%; line-height: 0; vertical-align: 0.4em; }
@media (max-width: 600px) { .table { background: linear-gradient(to left, #fff 30%, #fff0) right local,
  linear-gradient(to left, #0004, #0000) right scroll; background-size: 40px 100%, 12px 100%;
  background-repeat: no-repeat; } }
@media print { @page { size: A4; margin: 14mm 12mm; } main { max-width: none; padding: 0; } a { color: inherit; }
  body { font-size: 10pt; } tr, figure, h2, h3 { break-inside: avoid; } h2, h3, .lead { break-after: avoid; }
  @page { @bottom-right { content: counter(page); font-size: 8pt; } }
  .gt_table { font-size: 7.5pt; line-height: 1.2; } .gt_table th, .gt_table td { padding: 1px 3px; }
  .table { overflow: visible; } tfoot { display: table-row-group; } .screen { display: none; } }
"""

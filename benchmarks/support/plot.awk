# SPDX-License-Identifier: BSL-1.0
# Draws the tables that measuring.bash keeps as an SVG: a panel for each drawn column, a bar for each row.
#     table<tab>TITLE   columns<tab>NAME...   draw<tab>COLUMN   row<tab>VALUE...
# A value is the number its text begins with; a row without one is left out.
BEGIN { FS = "\t"; panels = 0 }
$1 == "table"   { title = $2; wanted = ""; rows = 0; next }
$1 == "columns" { panels_begin = panels + 1; count = NF - 1; for (i = 2; i <= NF; i++) column[i - 1] = $i; panel(2); next }
$1 == "draw"    { for (i = 1; i <= count; i++) if (column[i] == $2 && i != 2) panel(i); next }
$1 == "row"     { for (p = panels_begin; p <= panels; p++) bar(p, $2, $(at[p] + 1)); next }
function panel(i) { panels++; heading[panels] = title; unit[panels] = column[i]; at[panels] = i; bars[panels] = 0 }
function bar(p, name, text) {
    if (text !~ /^-?[0-9.]/) return
    b = ++bars[p]; label[p, b] = name; shown[p, b] = text; value[p, b] = text + 0
    if (value[p, b] > most[p]) most[p] = value[p, b]
}
function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
END {
    width = 960; left = 210; room = 430; y = 0
    for (p = 1; p <= panels; p++) if (bars[p]) {
        body = body sprintf("<text x=\"10\" y=\"%d\" class=\"t\">%s</text>\n<text x=\"10\" y=\"%d\" class=\"u\">%s</text>\n",
                            y + 24, escaped(heading[p]), y + 42, escaped(unit[p]))
        y += 54
        for (b = 1; b <= bars[p]; b++) {
            long = most[p] > 0 ? value[p, b] / most[p] * room : 0
            body = body sprintf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\"%s/>" \
                                "<text x=\"%.1f\" y=\"%d\">%s</text>\n", left - 8, y + 12, escaped(label[p, b]), left, y, long > 1 ? long : 1,
                                label[p, b] ~ /^weld/ ? " class=\"w\"" : "", left + long + 6, y + 12, escaped(shown[p, b]))
            y += 20
        }
        y += 14
    }
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n", width, y, width, y
    print "<style>.t{font-weight:bold;font-size:12px}.u{fill:#555}rect{fill:#9aa7b5}rect.w{fill:#2f6fb3}</style>"
    printf "<rect width=\"%d\" height=\"%d\" style=\"fill:#fff\"/>\n%s</svg>\n", width, y, body
}

"""This workflow's theme for plotnine, in its own module because importing plotnine costs a job half a second."""

from plotnine import element_blank, element_line, element_rect, element_text, theme, theme_classic

from twoarm.figures.fonts import FONT


def figure_theme(base_size: float = 8):
    """The theme of every figure: white, thin axes, text of at least 6 points at print size."""
    return theme_classic(base_size=base_size, base_family=FONT) + theme(
        axis_line=element_line(size=0.4),
        axis_ticks=element_line(size=0.4),
        axis_ticks_minor=element_blank(),
        axis_text=element_text(size=base_size - 1, colour="black"),
        axis_title=element_text(size=base_size - 1),
        legend_title=element_blank(),
        legend_key=element_rect(fill="white", colour="white"),
        plot_title=element_text(size=base_size + 1, weight="bold", ha="left"),
        plot_background=element_rect(fill="white", colour="white"),
        strip_background=element_blank(),
        strip_text=element_text(weight="bold"),
    )

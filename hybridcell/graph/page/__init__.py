"""The graph as a page for a browser: `Interactions.to_html`."""

from hybridcell.graph.page.document import graph_page as graph_page

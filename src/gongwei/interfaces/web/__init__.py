"""Pages in the browser: Django templates and htmx. Each page works as a plain form without scripts."""

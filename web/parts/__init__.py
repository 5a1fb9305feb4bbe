"""Parts of pages that Streamlit does not have: each a file of Python with the HTML, CSS and script beside it."""

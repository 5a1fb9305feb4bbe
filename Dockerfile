# For reading: no TensorFlow, no window, no camera unless it is handed in.
#   docker build -t numbers .
#   docker run --rm -v "$PWD:/pictures:ro" numbers photo.jpg
#   docker run --rm -i numbers --json - < photo.jpg
#
# For the pages, which can do all but train:
#   docker build -t pages --target pages .
#   docker run --rm -p 127.0.0.1:8501:8501 pages
FROM python:3.13-slim AS base

# The image has none of a desktop's libraries, so it gets the OpenCV that needs none, of the same version.
WORKDIR /reader
COPY requirements-read.txt constraints.txt ./
RUN sed -i 's/^opencv-python==/opencv-python-headless==/' requirements-read.txt \
    && pip install --no-cache-dir -r requirements-read.txt \
    && useradd --uid 1000 --create-home reader

COPY errors.py pipeline.py LICENSE ./
COPY capture capture
COPY preprocess preprocess
COPY recognize recognize
COPY speak speak
COPY watch watch
COPY cli cli
COPY samples/opencv_frame_0.png samples/expected.json samples/
COPY models/digits.tflite models/lines.tflite models/lines_plain.tflite models/pairs.tflite models/digits.json models/
RUN python -m compileall -q .


FROM base AS pages

COPY requirements-web.txt ./
RUN pip install --no-cache-dir -r requirements-web.txt
COPY app.py ./
COPY .streamlit .streamlit
COPY web web
COPY samples/*.jpg samples/*.png samples/
# Models of one's own live as long as the container; mount a volume here to keep them.
RUN python -m compileall -q . && mkdir -p runs/own && chown -R reader runs

# Inside, it listens to all; `-p 127.0.0.1:8501:8501` says who reaches it.
USER 1000
EXPOSE 8501
ENTRYPOINT ["python", "-m", "web", "--host", "0.0.0.0"]


FROM base AS numbers

# Names of pictures are looked for here: mount your folder on it. The other commands are found from here too:
#   docker run --rm -v "$PWD:/pictures" --entrypoint python numbers -m speak 105 --save /pictures/105.wav
ENV PYTHONPATH=/reader
WORKDIR /pictures
USER 1000
ENTRYPOINT ["python", "/reader/pipeline.py"]
CMD ["--help"]

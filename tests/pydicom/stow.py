"""Storing by STOW-RS, for the comparisons beside this file."""

import io


def send(session, base, content):
    """Stores a file; gives the response."""
    body = b"--B\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n--B--\r\n"
    content_type = 'multipart/related; type="application/dicom"; boundary=B'
    headers = {"Content-Type": content_type, "Accept": "application/dicom+json"}
    return session.post(f"{base}/studies", data=body, headers=headers, timeout=60)


def store(session, base, made):
    """Stores a data set with its file meta information; gives its address."""
    file = io.BytesIO()
    made.save_as(file, enforce_file_format=True)
    answer = send(session, base, file.getvalue())
    assert answer.status_code == 200, answer.text
    return f"{base}/studies/{made.StudyInstanceUID}/series/{made.SeriesInstanceUID}/instances/{made.SOPInstanceUID}"

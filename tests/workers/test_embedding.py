"""A master in a PDF is the master: its bytes where it is a JPEG, its pixels in every other case."""

import io

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from workers.embedding import embed

LIMIT = 100_000_000
RNG = np.random.default_rng(5)
COLOURS = RNG.integers(0, 256, (48, 64, 3), dtype=np.uint8)
GREYS = COLOURS[..., 0]
OPENED = []
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def embedded(path, frame=0):
    """What was embedded, and the image as a stranger takes it out of the saved file."""
    out = path.with_suffix(".pdf")
    with pikepdf.Pdf.new() as pdf:
        kept = embed(pdf, path, frame, LIMIT)
        facts = (kept.exif, kept.exact)
        page = pdf.add_blank_page(page_size=(64, 48))
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({"/Im": kept.image}))
        pdf.save(out)
    OPENED.append(pikepdf.open(out))  # its pictures live no longer than the file
    return facts, OPENED[-1].pages[0].Resources.XObject.Im


def pixels(image):
    return np.asarray(pikepdf.PdfImage(image).as_pil_image())


@pytest.mark.parametrize("values", [COLOURS, GREYS], ids=["colour", "grey"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_jpeg_is_kept_byte_by_byte(tmp_path, values, options):
    path = tmp_path / "a.jpg"
    Image.fromarray(values).save(path, quality=80, **options)

    (exif, exact), image = embedded(path)

    assert (exif, exact, image.Filter) == (1, True, "/DCTDecode")
    assert image.read_raw_bytes() == path.read_bytes()


def test_a_jpeg_that_lies_on_its_side_says_so_and_keeps_its_bytes(tmp_path):
    path, exif = tmp_path / "a.jpg", Image.Exif()
    exif[274] = 6
    Image.fromarray(COLOURS).save(path, exif=exif)

    (turned, exact), image = embedded(path)

    assert (turned, exact) == (6, True)
    assert image.read_raw_bytes() == path.read_bytes()


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_deflate"}])
@pytest.mark.parametrize("values", [COLOURS, GREYS], ids=["colour", "grey"])
def test_a_tiff_keeps_its_pixels(tmp_path, values, options):
    path = tmp_path / "a.tif"
    Image.fromarray(values).save(path, **options)

    (exif, exact), image = embedded(path)

    assert (exif, exact) == (1, True)
    assert np.array_equal(pixels(image), values)


@pytest.mark.parametrize("compression", ["group4", "raw"])
def test_black_and_white_stays_black_and_white_in_group_4(tmp_path, compression):
    path, values = tmp_path / "a.tif", GREYS > 127
    Image.fromarray(values).save(path, compression=compression)

    (_, exact), image = embedded(path)

    assert (exact, image.Filter, image.BitsPerComponent) == (True, "/CCITTFaxDecode", 1)
    assert np.array_equal(pixels(image) > 0, values)


@pytest.mark.parametrize(("options", "decode"), [({}, None), ({"tiffinfo": {262: 0}}, [1, 0])])
def test_sixteen_bits_stay_sixteen_bits(tmp_path, options, decode):
    path, values = tmp_path / "a.tif", GREYS.astype(np.uint16) * 200 + 13
    Image.fromarray(values).save(path, **options)

    (_, exact), image = embedded(path)

    assert (exact, image.BitsPerComponent) == (True, 16)
    assert image.get("/Decode") == decode
    raw = np.frombuffer(image.read_bytes(), dtype=">u2").reshape(values.shape)
    assert np.array_equal(raw, values)


def test_every_picture_of_a_file_can_be_taken(tmp_path):
    path = tmp_path / "a.tif"
    Image.fromarray(GREYS).save(path, save_all=True, append_images=[Image.fromarray(255 - GREYS)])

    assert np.array_equal(pixels(embedded(path, 1)[1]), 255 - GREYS)


def test_a_palette_becomes_its_colours(tmp_path):
    path = tmp_path / "a.png"
    palette = Image.fromarray(COLOURS).quantize(17)
    palette.save(path)

    (_, exact), image = embedded(path)

    assert exact
    assert np.array_equal(pixels(image), np.asarray(palette.convert("RGB")))


def test_a_colour_profile_goes_along_if_it_is_one(tmp_path):
    for name, profile, space in (("good", SRGB, "/ICCBased"), ("bad", b"no profile at all", "/DeviceRGB")):
        path = tmp_path / f"{name}.jpg"
        Image.fromarray(COLOURS).save(path, icc_profile=profile)
        found = embedded(path)[1].ColorSpace
        assert (found[0] if isinstance(found, pikepdf.Array) else found) == space


def test_a_profile_for_another_number_of_colours_is_left_out(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(GREYS).save(path, icc_profile=SRGB)

    assert embedded(path)[1].ColorSpace == "/DeviceGray"


@pytest.mark.parametrize(("mode", "name"), [("RGBA", "a.png"), ("CMYK", "a.tif"), ("CMYK", "a.jpg"), ("LAB", "a.tif")])
def test_what_pdf_a_does_not_know_is_decoded_and_says_so(tmp_path, mode, name):
    picture = Image.fromarray(COLOURS)
    if mode == "LAB":
        picture = Image.frombytes("LAB", picture.size, COLOURS.tobytes())
    picture.convert(mode).save(tmp_path / name)

    (_, exact), image = embedded(tmp_path / name)

    assert not exact
    assert pixels(image).shape == COLOURS.shape


def test_a_jpeg_in_a_coding_that_readers_do_not_know_is_decoded(tmp_path):
    path, file = tmp_path / "a.jpg", io.BytesIO()
    Image.fromarray(GREYS).save(file, "JPEG")
    code = bytearray(file.getvalue())
    code[code.index(b"\xff\xc0") + 1] = 0xC9  # arithmetic coding, by its name only
    path.write_bytes(bytes(code))

    (_, exact), image = embedded(path)

    assert (exact, image.Filter) == (False, "/FlateDecode")

// The page of a viewer that is built on Cornerstone3D: loads images by its DICOM image loader and tells of their pixels.
import * as core from "@cornerstonejs/core";
import { init as initLoader } from "@cornerstonejs/dicom-image-loader";

await core.init();
initLoader({ maxWebWorkers: 2 });

function bytesOf(values) {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Load an image by its image id; its values are told as the SHA-256 of 32-bit little-endian floats. */
window.loadImage = async (imageId) => {
  const image = await core.imageLoader.loadAndCacheImage(imageId);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(image.getPixelData())));
  const plane = core.metaData.get("imagePlaneModule", imageId) ?? {};
  return {
    rows: image.rows,
    columns: image.columns,
    color: image.color,
    digest: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    window: [image.windowCenter, image.windowWidth].map((value) => (Array.isArray(value) ? value[0] : value)),
    spacing: [plane.rowPixelSpacing, plane.columnPixelSpacing],
  };
};

/** Return the values of an image that has been loaded, in Base64. */
window.valuesOf = (imageId) => {
  const bytes = bytesOf(core.cache.getImage(imageId).getPixelData());
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(text);
};
window.isReady = true;

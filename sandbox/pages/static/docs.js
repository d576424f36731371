"use strict";
// The viewer, on the document that the page names. A request without a token gets the sandbox's name.
const place = document.getElementById("viewer");
const sandbox = document.getElementById("sandbox");
SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  requestInterceptor(request) {
    if (!request.loadSpec && !request.headers.Authorization && sandbox.value) {
      request.headers.Authorization = `Bearer ${sandbox.value}`;
    }
    return request;
  },
});

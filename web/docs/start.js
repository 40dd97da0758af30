// The reference of the interfaces; a file of its own because pages here run no scripts written into them.
window.addEventListener("load", () => {
  SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true });
});

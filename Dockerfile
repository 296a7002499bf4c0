# One static program, what it has made of its words files, and the certificates
# of the web, for a user without rights.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /porchlight ./cmd/porchlight
# Starting from what this keeps takes a tenth of a second, else some three.
RUN XDG_CACHE_HOME=/cache /porchlight explain </dev/null

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /porchlight /porchlight
COPY --from=build --chown=65532:65532 /cache /cache
USER 65532:65532
ENV PORCHLIGHT_LISTEN=0.0.0.0:8080 XDG_CACHE_HOME=/cache
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["/porchlight", "health"]
ENTRYPOINT ["/porchlight"]
CMD ["serve"]

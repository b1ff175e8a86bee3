package hdikafka.standin;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * One TLS connection to port 5671, HTTP/1.1 inside. Like the real connector's AMQP library it believes any
 * certificate, looks at no host name, speaks TLS 1.2 and knows no proxy and no other port.
 */
final class Channel implements Closeable {
    static final int PORT = 5671;
    /** The SDK's operation timeout: how long a connection may take to come about. */
    static final int OPEN_MS = 60_000;

    private final String host;
    private final SSLSocket socket;

    private Channel(String host, SSLSocket socket) {
        this.host = host;
        this.socket = socket;
    }

    /** An answer: its status and its body. */
    static final class Answer {
        final int status;
        final String body;

        Answer(int status, String body) {
            this.status = status;
            this.body = body;
        }
    }

    static Channel open(String host) throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(new InetSocketAddress(host, PORT), OPEN_MS);
            plain.setTcpNoDelay(true);
            plain.setSoTimeout(OPEN_MS);
            SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket(plain, host, PORT, true);
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            return new Channel(host, socket);
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    /** Sends one request and reads its answer, which must begin within {@code millis}. */
    Answer ask(String method, String path, Map<String, String> headers, byte[] body, long millis) throws IOException {
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: " + host + ":" + PORT + "\r\n");
        for (Map.Entry<String, String> header : headers.entrySet()) {
            head.append(header.getKey()).append(": ").append(header.getValue().replaceAll("[\r\n]", " ")).append("\r\n");
        }
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(head.toString().getBytes(StandardCharsets.UTF_8));
        request.write(body);
        socket.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
        socket.getOutputStream().write(request.toByteArray());
        socket.getOutputStream().flush();
        return answer(socket.getInputStream());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException ignored) {
            // It is being thrown away; how it ends does not matter any more.
        }
    }

    private static Answer answer(InputStream in) throws IOException {
        String[] status = line(in).split(" ");
        if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
            throw new IOException("no HTTP answer");
        }
        int length = 0;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (header.toLowerCase().startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(header.indexOf(':') + 1).trim());
            }
        }
        byte[] body = new byte[length];
        for (int have = 0; have < length;) {
            int read = in.read(body, have, length - have);
            if (read < 0) {
                throw new EOFException("the answer is cut");
            }
            have += read;
        }
        return new Answer(Integer.parseInt(status[1]), new String(body, StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection was closed");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString("UTF-8");
    }

    private static SSLContext trusting() {
        TrustManager all = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {all}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}

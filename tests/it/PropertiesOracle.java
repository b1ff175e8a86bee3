import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * What java.util.Properties itself makes of files. Standard input: records of a length (int, big endian) and that many
 * bytes, to the end of input. Standard output, per record: the number of entries (int; -1 when load throws), then per
 * entry, in the order of the file and duplicates included, key and value, each as a count of UTF-16 units (int) and the
 * units.
 */
public final class PropertiesOracle {
    private static final class Recorder extends Properties {
        final transient List<String> entries = new ArrayList<>();

        @Override
        public synchronized Object put(Object key, Object value) {
            entries.add((String) key);
            entries.add((String) value);
            return super.put(key, value);
        }
    }

    public static void main(String[] args) throws Exception {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
        while (true) {
            int length;
            try {
                length = in.readInt();
            } catch (EOFException end) {
                break;
            }
            byte[] file = new byte[length];
            in.readFully(file);
            answer(file, out);
        }
        out.flush();
    }

    private static void answer(byte[] file, DataOutputStream out) throws Exception {
        Recorder recorder = new Recorder();
        try {
            recorder.load(new ByteArrayInputStream(file));
        } catch (IllegalArgumentException malformed) {
            out.writeInt(-1);
            return;
        }
        out.writeInt(recorder.entries.size() / 2);
        for (String text : recorder.entries) {
            out.writeInt(text.length());
            out.writeChars(text);
        }
    }
}

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own code on the other side of the record format: it writes what we read, and reads what we write. */
public class WireRecords {
    static final String[] COMPRESSIONS = {"none", "gzip", "snappy", "lz4", "zstd"};
    static final int RECORDS = 200;

    public static void main(String[] args) throws IOException {
        try {
            run(args);
        } catch (CorruptRecordException error) {
            // Java's launcher of source files stumbles over exceptions from elsewhere.
            System.out.println("corrupt: " + error.getMessage());
        }
    }

    static void run(String[] args) throws IOException {
        switch (args[0]) {
            case "write" -> write(Path.of(args[1]));
            case "read" -> read(Path.of(args[1]));
            // Topics, and for each its compression after an "=": starting Java takes longest.
            case "produce" -> {
                for (int i = 3; i < args.length; i++) {
                    String[] parts = args[i].split("=");
                    produce(args[1], parts[0], Integer.parseInt(args[2]), parts[1]);
                }
            }
            case "consume" -> {
                for (int i = 3; i < args.length; i++) consume(args[1], args[i], Integer.parseInt(args[2]));
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    static void write(Path folder) throws IOException {
        for (String name : COMPRESSIONS) {
            MemoryRecordsBuilder builder = builder((byte) 2, name, 1000, -1, (short) -1, -1, false);
            for (int i = 0; i < RECORDS; i++) builder.append(1_700_000_000_000L + i, key(i), value(i), headers(i));
            save(folder, name, builder.build());
        }
        MemoryRecordsBuilder gaps = builder((byte) 2, "none", 50, 77, (short) 3, 9, true);
        for (int i = 0; i < 20; i++) gaps.appendWithOffset(50 + i * 3L, 1_700_000_000_000L, key(i), value(i));
        save(folder, "gaps", gaps.build());
        save(folder, "abort", marker(ControlRecordType.ABORT));
        save(folder, "commit", marker(ControlRecordType.COMMIT));
        for (byte magic = 0; magic < 2; magic++) {
            MemoryRecordsBuilder old = builder(magic, "none", 0, -1, (short) -1, -1, false);
            old.append(magic == 0 ? -1 : 1, key(1), value(1));
            save(folder, "v" + magic, old.build());
        }
    }

    static MemoryRecordsBuilder builder(byte magic, String compression, long offset, long id, short epoch, int sequence, boolean transactional) {
        return MemoryRecords.builder(ByteBuffer.allocate(1 << 16), magic, Compression.of(compression).build(),
            TimestampType.CREATE_TIME, offset, -1L, id, epoch, sequence, transactional, -1);
    }

    static MemoryRecords marker(ControlRecordType type) {
        return MemoryRecords.withEndTransactionMarker(70, 1_700_000_000_000L, 0, 77, (short) 3, new EndTransactionMarker(type, 0));
    }

    static byte[] bytes(String text) { return text.getBytes(StandardCharsets.UTF_8); }

    static byte[] key(int i) { return i % 3 == 0 ? null : bytes("key-" + i); }

    static byte[] value(int i) { return i % 50 == 49 ? null : bytes(("value-" + i + " ").repeat(i % 7)); }

    static Header[] headers(int i) {
        return i % 4 != 1 ? new Header[0] : new Header[] {new RecordHeader("one", bytes("1")), new RecordHeader("none", null)};
    }

    static void save(Path folder, String name, MemoryRecords records) throws IOException {
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().duplicate().get(bytes);
        Files.write(folder.resolve(name + ".bin"), bytes);
    }

    static void read(Path file) throws IOException {
        for (RecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(file))).batches()) {
            batch.ensureValid();
            System.out.printf("batch %d %d %d %s %d %d %d %b%n", batch.baseOffset(), batch.lastOffset(), batch.countOrNull(),
                batch.compressionType().name, batch.producerId(), batch.producerEpoch(), batch.baseSequence(), batch.isTransactional());
            for (Record record : batch) {
                record.ensureValid();
                System.out.printf("record %d %d %s %s%n", record.offset(), record.timestamp(), text(record.key()), text(record.value()));
            }
        }
    }

    static String text(ByteBuffer bytes) {
        if (bytes == null) return "null";
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return '"' + HexFormat.of().formatHex(copy) + '"';
    }

    static void produce(String url, String topic, int count, String compression) {
        Map<String, Object> settings = Map.of("bootstrap.servers", url, "compression.type", compression, "linger.ms", 20, "acks", "all");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>(topic, 0, key(i), value(i), List.of(headers(i))));
        }
    }

    static void consume(String url, String topic, int count) {
        Map<String, Object> settings = Map.of("bootstrap.servers", url, "check.crcs", true);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            for (int got = 0; got < count; )
                for (var record : consumer.poll(Duration.ofSeconds(10))) {
                    got++;
                    System.out.printf("record %d %s %s%n", record.offset(), text(wrap(record.key())), text(wrap(record.value())));
                }
        }
    }

    static ByteBuffer wrap(byte[] bytes) { return bytes == null ? null : ByteBuffer.wrap(bytes); }
}

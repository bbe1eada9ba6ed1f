import java.io.FileInputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/**
 * Reads an interval log with HdrHistogram's own reader. For each tag it prints one line of intervals, count,
 * p50, p99 and max of all intervals together, and then their percentile distribution as Java writes it.
 */
public class ReadBack {
  public static void main(String[] args) throws Exception {
    Map<String, Histogram> sums = new TreeMap<>();
    Map<String, Integer> intervals = new TreeMap<>();
    try (FileInputStream in = new FileInputStream(args[0])) {
      HistogramLogReader reader = new HistogramLogReader(in);
      while (reader.hasNext()) {
        Histogram interval = (Histogram) reader.nextIntervalHistogram();
        if (interval == null) continue;
        Histogram sum = sums.get(interval.getTag());
        // A copy keeps the layout that the log declares.
        if (sum == null) sums.put(interval.getTag(), interval.copy());
        else sum.add(interval);
        intervals.merge(interval.getTag(), 1, Integer::sum);
      }
      System.out.printf("start %.3f%n", reader.getStartTimeSec());
    }
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    for (String tag : sums.keySet()) {
      Histogram h = sums.get(tag);
      out.printf("tag %s %d %d %d %d %d%n", tag, intervals.get(tag), h.getTotalCount(),
          h.getValueAtPercentile(50), h.getValueAtPercentile(99), h.getMaxValue());
      h.outputPercentileDistribution(out, 5, 1e6);
    }
  }
}

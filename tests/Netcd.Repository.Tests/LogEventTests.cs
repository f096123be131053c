using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Netcd.RepositoryTests;

/// <summary>The events of the log: numbered, described, and the only way to log.</summary>
public sealed partial class LogEventTests
{
    private static readonly (MethodInfo Method, LogEvent Event)[] Events = [.. LogEvent.Declared()];

    [Fact]
    public void Events_have_numbers_and_names_of_their_own_and_an_area_has_a_hundred()
    {
        Assert.True(Events.Length > 90, $"only {Events.Length} events were found");
        Assert.Empty(Events.GroupBy(static found => found.Event.Id).Where(static same => same.Count() > 1).Select(static same => same.Key));
        Assert.Empty(
            Events.GroupBy(static found => found.Event.Name).Where(static same => same.Count() > 1).Select(static same => same.Key));
        Dictionary<int, string[]> areas = Events.GroupBy(static found => found.Event.Id / 100).ToDictionary(
            static area => area.Key,
            static area => area.Select(static found => found.Method.DeclaringType!.FullName!).Distinct().ToArray());
        Assert.All(areas, static area => Assert.Single(area.Value));
        Assert.Equal(areas.Count, areas.Values.SelectMany(static types => types).Distinct().Count());
    }

    [Fact]
    public void A_message_is_constant()
    {
        Assert.All(Events, static found =>
        {
            Assert.NotEqual("", found.Event.Message);
            Assert.DoesNotContain('{', found.Event.Message);
        });
    }

    [Fact]
    public void Values_have_names_that_no_line_has_for_something_else()
    {
        string[] taken = ["level", "ts", "logger", "caller", "msg", "event-id"];
        Assert.All(Events, found =>
        {
            string[] fields = found.Event.Fields.Split(", ");
            Assert.Equal(fields.Distinct(), fields);
            Assert.DoesNotContain(fields, taken.Contains);
        });
    }

    [Fact]
    public void Operators_find_exactly_the_events_that_exist_described()
    {
        LogEvent[] listed = [.. LogEvent.ListedIn(Repository.At("docs", "logs.md"))];
        Assert.Equal(
            string.Join('\n', Events.Select(static found => found.Event).OrderBy(static e => e.Id)),
            string.Join('\n', listed.OrderBy(static e => e.Id)));
        Assert.Equal(listed.Select(static e => e.Id).Order(), listed.Select(static e => e.Id));
    }

    [Fact]
    public void Each_event_stands_under_the_heading_of_its_hundred()
    {
        int first = -1;
        int areas = 0;
        foreach (string line in File.ReadLines(Repository.At("docs", "logs.md")))
        {
            if (Range().Match(line) is { Success: true } heading)
            {
                first = int.Parse(heading.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                Assert.Equal((0, first + 99), (first % 100, int.Parse(heading.Groups[2].ValueSpan, CultureInfo.InvariantCulture)));
                areas++;
            }
            else if (Row().Match(line) is { Success: true } row)
            {
                Assert.InRange(int.Parse(row.Groups[1].ValueSpan, CultureInfo.InvariantCulture), first, first + 99);
            }
        }

        Assert.Equal(Events.Select(static found => found.Event.Id / 100).Distinct().Count(), areas);
    }

    [GeneratedRegex(@"^### .*: (\d+) to (\d+)$")]
    private static partial Regex Range();

    [GeneratedRegex(@"^\| (\d+) \| \w+ \|")]
    private static partial Regex Row();
}

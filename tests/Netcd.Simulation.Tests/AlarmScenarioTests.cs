using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Tests;

/// <summary>Alarms that are raised and lifted under all faults: each request is served or refused as the log says, by every member.
/// </summary>
public sealed class AlarmScenarioTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_refused_for_an_alarm_is_the_same_on_all_members(ulong seed) =>
        Runs.Check(new SimulationOptions { Seed = seed, VirtualSeconds = 30, Alarms = 2 });

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void Alarms_come_before_rights_that_are_missing(ulong seed) =>
        Runs.Check(new SimulationOptions { Seed = seed, VirtualSeconds = 30, Alarms = 2, Users = 6 });
}

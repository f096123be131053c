using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Tests;

/// <summary>Users whose rights change while they read, write and watch, under all faults: nobody gets what it has no right to, and all
/// members agree on who may do what.</summary>
public sealed class UserScenarioTests
{
    private const int Users = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Rights_hold_while_they_change(ulong seed) =>
        Runs.Check(new SimulationOptions { Seed = seed, VirtualSeconds = 30, Users = Users });

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Leases_end_where_users_count(ulong seed) =>
        Runs.Check(new SimulationOptions { Seed = seed, VirtualSeconds = 30, Users = Users, LeaseOwners = 4 });
}
